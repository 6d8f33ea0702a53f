"""Runs the programs beside this file, one step after the other, and compares their answers with the expected ones.

Exit codes: 0 if every answer is as expected, so the fault is gone; 1 if one is not, so it is there; 2 if the programs
could not be run. Needs Python 3.11 or newer, and its standard library alone.
"""

import queue
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple, NoReturn

LIMIT = 30.0  # seconds that an answer may take beyond the time that its step has


class Step(NamedTuple):
    """A step of a program.

    timeout: seconds that it has. after: steps that must have answered before it begins; others may still be under way.
    expected: the frames of the message, None for one that differs each time; `error NAME`; another text for a value; or
    `ok`. seen: the same, as it was when the fault was recorded; "" if that was not so far or not different.
    """

    number: int
    role: str
    what: str
    timeout: float
    after: tuple[int, ...]
    expected: list[bytes | None] | str
    seen: list[bytes | None] | str = ""


PROGRAMS: dict[str, list[str]] = {}  # role -> command
ENDPOINTS: list[str] = []  # the address to bind at, or "ipc"
STEPS: list[Step] = []
# END OF DATA


class Role:
    """One running program."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put("")

    def go(self, number: int) -> None:
        """Lets the program begin a step."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{number}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its answer, which does not come, says so

    def answer(self, limit: float) -> tuple[str, str]:
        """The number of the step that has answered, and its answer; "" and why if none comes."""
        try:
            line = self.lines.get(timeout=limit)
        except queue.Empty:
            return "", f"no answer within {limit:g} s"
        number, _, rest = line.partition(" ")
        return number, rest or "no answer: the program ended"

    def stop(self) -> None:
        """Ends the program."""
        self.process.kill()
        self.process.wait()


def main() -> int:
    """Plays all steps; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        places = [place(host, folder, number) for number, host in enumerate(ENDPOINTS, 1)]
        running: dict[str, Role] = {}
        try:
            for name, command in PROGRAMS.items():
                running[name] = Role(name, [*command, *places])
            for role in running.values():
                if role.answer(LIMIT) != ("0", "ok"):
                    not_run(f"the program of the {role.name} did not start")
            return play(running)
        except OSError as error:
            not_run(str(error))
        finally:
            for role in running.values():
                role.stop()


def play(running: dict[str, Role]) -> int:
    """Lets the programs take their steps; returns the exit code at the first answer that is not as expected."""
    steps = {step.number: step for step in STEPS}
    answered: set[int] = set()

    def wait(last: int) -> bool:
        """Takes the answers of that step and of those before it in the same program."""
        for step in STEPS:
            if step.role == steps[last].role and step.number <= last and step.number not in answered:
                number, answer = running[step.role].answer(step.timeout + LIMIT)
                answered.add(step.number)
                if number not in ("", str(step.number)):
                    not_run(f"the {step.role} answered step {number} instead of {step.number}")
                if not compare(step, answer):
                    return False
        return True

    for step in STEPS:
        if not all(wait(number) for number in step.after):
            return 1
        running[step.role].go(step.number)
    if not all(wait(step.number) for step in STEPS):
        return 1
    print("every answer is as expected: the fault is not there")
    return 0


def compare(step: Step, answer: str) -> bool:
    """Prints a step and its answer; returns whether it is as expected."""
    words = answer.split()
    if step.what.startswith("bind ") and words[:2] == ["error", "EADDRINUSE"] and step.expected == "ok":
        not_run("another program took the port meanwhile; run it again")
    expected = step.expected
    if expected == "ok":
        good = words[:1] == ["ok"]
    elif isinstance(expected, str):
        good = answer == expected
    else:
        good = alike(words, expected)
    print(f"{step.number:4} {step.role}: {step.what}: {shown(answer, expected)}")
    if not good:
        print(f"\nstep {step.number} of the {step.role} is wrong: {step.what}")
        print(f"  expected {expected}\n  got      {shown(answer, expected)}")
        if step.seen:
            print("  " + ("this is what was recorded" if alike(words, step.seen) else f"recorded {step.seen}"))
    return good


def alike(words: list[str], answer: list[bytes | None] | str) -> bool:
    """Whether a program's words are this answer."""
    if isinstance(answer, str):
        return words == answer.split()
    wanted = ["ok", *(None if frame is None else frame.hex() or "-" for frame in answer)]
    return len(words) == len(wanted) and all(want in (None, word) for word, want in zip(words, wanted, strict=True))


def shown(answer: str, like: list[bytes | None] | str) -> str:
    """An answer for people: the frames as bytes if a message is expected."""
    words = answer.split()
    if isinstance(like, str) or words[:1] != ["ok"]:
        return answer
    return str([b"" if word == "-" else bytes.fromhex(word) for word in words[1:]])


def place(host: str, folder: str, number: int) -> str:
    """An endpoint that is free now."""
    if host == "ipc":
        return f"ipc://{Path(folder, str(number))}"
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as free:
        free.bind((host.strip("[]"), 0))
        return f"tcp://{host}:{free.getsockname()[1]}"


def not_run(why: str) -> NoReturn:
    """Ends with exit code 2."""
    print(f"could not be run: {why}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
