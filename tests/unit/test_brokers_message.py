"""The message of `interop bench brokers`: its size, and what a receiver's end and a sender's make of failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.brokers import client, message
from benchmarks.brokers.clients.ends import Place
from benchmarks.brokers.results import SIZES
from zmq_interop.schemas.project import PROTOC


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("job")
    source = Path(message.__file__).parent
    subprocess.run([*PROTOC, f"--proto_path={source}", f"--python_out={folder}", "job.proto"], check=True)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.mark.parametrize("size", [message.SMALLEST, *SIZES, 100, 1 << 20])
def test_a_message_has_the_size_that_was_asked_for(size: int) -> None:
    body = message.encode(7, 3, message.filling(size))
    assert len(body) == size
    told = message.decode(body)
    assert told[:2] == (7, 3)
    assert told.age_ns >= 0


@pytest.mark.parametrize("size", [0, message.SMALLEST - 1, 19 + 2 + 128])
def test_a_size_that_no_message_has_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="no message has"):
        message.filling(size)


class Wire:
    """A system in memory. fails: whether the send with this number does."""

    FAILURES = (KeyError,)

    def __init__(self, fails: Callable[[int], bool] = lambda _: False) -> None:
        self.bodies: list[bytes] = []
        self.opened = self.sends = 0
        wire = self

        class End:
            def __init__(self, _: Place) -> None:
                wire.opened += 1

            def send(self, bodies: Sequence[bytes]) -> None:
                wire.sends += 1
                if fails(wire.sends):
                    raise KeyError("away")
                wire.bodies += bodies

            def receive(self, seconds: float) -> list[bytes]:
                taken, wire.bodies = wire.bodies[:3], wire.bodies[3:]
                return taken

            def acknowledge(self) -> None: ...

            def close(self) -> None: ...

        self.Sender = self.Receiver = End

    def end(self, kind: str) -> client.End:
        end = client.End(self, kind, Place({}, safe=True))
        end.open(0)
        return end


ORDER: dict[str, Any] = {"turn": 1, "count": 10, "size": 64, "chunk": 4, "silence": -1.0}


def test_a_careful_sender_sends_what_failed_again() -> None:
    wire = Wire(lambda number: number == 2)
    done = client.send(wire.end("Sender"), {**ORDER, "careful": True})
    assert [message.decode(body).number for body in wire.bodies] == list(range(1, 11))
    assert done["errors"] == ["KeyError: 'away'"]
    assert wire.opened == 2


def test_a_failure_in_a_turn_without_a_kill_is_one() -> None:
    wire = Wire(lambda number: number == 2)
    with pytest.raises(KeyError):
        client.send(wire.end("Sender"), ORDER)


def test_a_receiver_tells_what_came_twice_and_leaves_out_other_turns(tmp_path: Path) -> None:
    wire = Wire()
    filled = message.filling(64)
    wire.bodies = [message.encode(turn, number, filled) for turn, number in ((1, 1), (9, 2), (1, 3), (1, 3), (1, 4))]
    log = tmp_path / "log"
    done = client.receive(wire.end("Receiver"), {**ORDER, "log": str(log)}, lambda: not wire.bodies)
    assert (done["got"], done["twice"]) == (3, 1)
    assert log.read_bytes() == b"".join(number.to_bytes(4, "little") for number in (1, 3, 3, 4))
    assert 0 < done["p50"] <= done["p99"]


def test_a_receiver_ends_when_it_has_everything() -> None:
    wire = Wire()
    client.send(wire.end("Sender"), ORDER)
    done = client.receive(wire.end("Receiver"), ORDER, lambda: False)
    assert (done["got"], done["twice"]) == (10, 0)


def test_a_broker_that_never_comes_is_an_error() -> None:
    def away(_: Place) -> None:
        raise OSError("refused")

    end = client.End(SimpleNamespace(Sender=away, FAILURES=()), "Sender", Place({}, safe=False))
    with pytest.raises(TimeoutError, match="cannot connect: OSError: refused"):
        end.open(-1)
