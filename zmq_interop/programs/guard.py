"""Starts one program and stops it on command. None of its processes stays, even if the harness is killed.

A program of its own, of the standard library alone: `python -I -S guard.py FD COMMAND...`. It writes what happens as
lines to the descriptor FD, and takes one command on stdin: `stop SIGNAL SECONDS`. When stdin ends, the harness has
gone, and everything is killed at once. On Linux it adopts the orphans among the program's processes (prctl(2),
PR_SET_CHILD_SUBREAPER), so a daemon that detaches itself is found too.

    started PID            the program runs
    refused TEXT           it could not be started
    exited N, killed N     it has ended, with this exit status or by this signal
    stubborn               it did not end within SECONDS of the signal, and was killed
    left N NAMES           it ended, but so many of its processes still ran, and were killed
    over                   nothing of it is left; the guard exits
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_SETTLE = 1.0  # seconds in which the program's own processes may end after it
_TURN = 0.02


def descendants(root: int) -> dict[int, str]:
    """The processes below this one: process id -> name. Without /proc, none."""
    parents: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    with contextlib.suppress(OSError):
        for entry in os.listdir("/proc"):  # noqa: PTH208 (this file starts for each cell: few imports)
            if not entry.isdigit():
                continue
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
                head, _, rest = file.read().rpartition(b")")
                state, parent = rest.split()[:2]
                if state != b"Z":
                    names[int(entry)] = head.partition(b"(")[2].decode(errors="replace")
                parents.setdefault(int(parent), []).append(int(entry))
    found: dict[int, str] = {}
    waiting = [root]
    while waiting:
        for child in parents.get(waiting.pop(), ()):
            waiting.append(child)
            if child in names:
                found[child] = names[child]
    return found


def _prctl(option: int, value: int) -> None:
    """prctl(2), where there is one."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class Guard:
    """One program under guard."""

    def __init__(self, report: int) -> None:
        self._report = report
        self._child = 0
        self._ended = False
        self._commands = b""
        self._wakes, wake = os.pipe()  # a byte for each signal, so that the end of a child ends a wait
        os.set_blocking(self._wakes, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def tell(self, line: str) -> None:
        """Writes one line; if the harness has gone, nobody reads it."""
        with contextlib.suppress(OSError):
            os.write(self._report, f"{line}\n".encode())

    def start(self, command: list[str]) -> bool:
        """Starts the program in a session of its own, so that Ctrl-C does not reach it."""
        try:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=self._die_with_guard
            ).pid
        except (OSError, ValueError) as error:
            self.tell(f"refused {getattr(error, 'strerror', None) or error}")
            return False
        self.tell(f"started {self._child}")
        return True

    @staticmethod
    def _die_with_guard() -> None:
        """Runs in the child before the program does: the system kills it if this guard is killed."""
        _prctl(_DEATH_SIGNAL, signal.SIGKILL)

    def watch(self) -> None:
        """Waits for the end of the program, and for the command to stop it."""
        while True:
            self._reap()
            if not self._asked(None):
                continue
            data = os.read(0, 4096)
            if not data:
                return
            self._commands += data
            if b"\n" in self._commands:
                _, number, seconds = self._commands.split()[:3]
                self._stop(int(number), float(seconds))
                return

    def _asked(self, seconds: float | None) -> bool:
        """Waits for a child's end or for stdin; whether something can be read there."""
        ready = select.select([0, self._wakes], [], [], seconds)[0]
        with contextlib.suppress(BlockingIOError):
            os.read(self._wakes, 4096)
        return 0 in ready

    def _stop(self, number: int, seconds: float) -> None:
        with contextlib.suppress(OSError):
            if not self._ended:
                os.kill(self._child, number)
        if not self._until(lambda: self._ended, seconds):
            self.tell("stubborn")
            return
        if number != signal.SIGKILL and not self._until(lambda: not descendants(os.getpid()), _SETTLE):
            left = descendants(os.getpid())
            if left:
                self.tell(f"left {len(left)} {', '.join(sorted(set(left.values())))}")

    def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether it holds within these seconds. The harness may go meanwhile: then there is nothing to wait for."""
        end = time.monotonic() + seconds
        while True:
            self._reap()
            if holds():
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self._asked(min(left, _TURN)) and not os.read(0, 4096):
                return False

    def _reap(self) -> None:
        """Takes note of all children that have ended: the program, and orphans that came to this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child:
                self._ended = True
                code = os.waitstatus_to_exitcode(status)
                self.tell(f"killed {-code}" if code < 0 else f"exited {code}")

    def kill_all(self) -> None:
        """Kills everything that the program has left, until nothing is."""
        for _ in range(500):
            self._kill(descendants(os.getpid()))
            self._reap()
            if self._ended and not descendants(os.getpid()):
                break
            time.sleep(_TURN)
        self.tell("over")

    def _kill(self, pids: Iterable[int]) -> None:
        if sys.platform != "linux":
            with contextlib.suppress(OSError):
                os.killpg(self._child, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def main(report: int, command: list[str]) -> None:
    """Guards one program from its start to its end."""
    os.set_inheritable(report, False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        # The end of stdin is what ends a guard. A handler, since a program inherits signals that are ignored.
        signal.signal(number, lambda _number, _frame: None)
    _prctl(_SUBREAPER, 1)
    guard = Guard(report)
    if guard.start(command):
        guard.watch()
        guard.kill_all()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
