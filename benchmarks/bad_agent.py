"""The Python peer's agent, with one bad habit: `bad_agent.py --be NAME`. All else that it does is the honest agent's.

So it plays whole suites of real cells, where tests/hostile has agents without sockets. It says that it is the peer in
whose folder it was started.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "peers" / "python"))

from agent import LENGTH, Agent, main  # noqa: E402

POISON = 256  # bytes of a frame: multipart has one, and few other scenarios


def results(response: Any) -> list[Any]:
    """The answers in a Response: those to the steps of a Program, or itself."""
    return list(response.program.results) or [response]


class Bad(Agent):
    """Bears the name of the folder that it was started in."""

    def hello(self) -> Any:
        hello = super().hello()
        hello.peer = Path.cwd().name
        return hello


class Panics(Bad):
    """Dies of one message, with all that is in flight."""

    def reply(self, response: Any) -> None:
        if any(len(frame.raw) == POISON for one in results(response) for frame in one.message.frames):
            os.abort()
        super().reply(response)


class Dies(Bad):
    """Dies now and then, whatever it was asked."""

    replies = 0

    def reply(self, response: Any) -> None:
        self.replies += 1
        if self.replies == 500:
            os.abort()
        super().reply(response)


class NeverCloses(Bad):
    """Leaves each CloseAll unanswered."""

    def reply(self, response: Any) -> None:
        if all(one.WhichOneof("result") != "closed" for one in results(response)):
            super().reply(response)


class Late(Bad):
    """Answers everything a second late."""

    def reply(self, response: Any) -> None:
        if response.id:
            time.sleep(1)
        super().reply(response)


class Burns(Bad):
    """Lanes spin where they should sleep, and not under the interpreter's lock."""

    def _work(self, requests: Any) -> None:
        class Spinning:
            def get(self) -> Any:
                while requests.empty():
                    hashlib.pbkdf2_hmac("sha256", b"", b"", 2000)
                return requests.get()

        super()._work(Spinning())  # type: ignore[arg-type]


class WrongIds(Bad):
    """Answers with ids that nobody asked."""

    def reply(self, response: Any) -> None:
        if response.id:
            response.id += 1_000_000
        super().reply(response)


class Announces(Bad):
    """Announces 2 GiB in place of its hundredth answer."""

    replies = 0

    def reply(self, response: Any) -> None:
        self.replies += 1
        if self.replies == 100:
            with self.channel.lock:
                os.write(self.channel.sink, LENGTH.pack(1 << 31))
        super().reply(response)


class Leaves(Bad):
    """Exits right after its Hello."""

    def reply(self, response: Any) -> None:
        super().reply(response)
        os._exit(3)


HABITS: dict[str, type[Bad]] = {
    "none": Bad,
    "panics": Panics,
    "dies": Dies,
    "never-closes": NeverCloses,
    "late": Late,
    "burns": Burns,
    "wrong-ids": WrongIds,
    "announces": Announces,
    "leaves": Leaves,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--be", choices=HABITS, required=True)
    chosen = parser.parse_args()
    main(agent_class=HABITS[chosen.be])
