"""Starts a program under its guard, finds out when it is ready, keeps its log, and stops it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.programs import listening
from zmq_interop.programs.declaration import Ready, Stop, seconds
from zmq_interop.programs.lines import Lines
from zmq_interop.system.text import plain

MOST_LOG = 16 << 20  # bytes of stdout and stderr in one cell; a program that writes more is stopped
LAST_LINES = 8  # of the log, in messages
TURN = 0.02  # seconds between two looks at what can only be looked at
MARGIN = 10.0  # seconds in which the guard ends what does not end by itself
_ANYWHERE = re.compile(r"^tcp://(?:0\.0\.0\.0|\*|\[::\]):")  # every address of the machine: connect to this one
_GUARD = Path(__file__).with_name("guard.py")


class ProgramFailed(Exception):
    """A program did not do what its declaration says. The text is what it did instead, with its last lines.

    kind: of failure (zmq_interop/core/verdicts.py), "" if no verdict is possible. expected: for a failure.
    """

    def __init__(self, what: str, kind: str = "", expected: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind
        self.expected = expected


class Start(NamedTuple):
    """How a program is started. command, folder, environment: as of a process. bound: socket -> the endpoint that it
    binds. hidden: values that no message may show."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    bound: Mapping[str, str]
    hidden: Sequence[str] = ()


class ProgramProcess(asyncio.SubprocessProtocol):
    """One running program. Make it, `start` it, wait until it is `ready`, and `stop` it whatever happens.

    ended: done when the program has ended; how, as text: "exited with 1". crashed: whether that was no good end.
    """

    def __init__(self, name: str, start: Start) -> None:
        self.name = name
        self.log = StderrLog()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.crashed = False
        self.captured: dict[str, str] = {}
        self.pid = 0
        self._start = start
        self._flooded = False
        self._stubborn = False
        self._left = ""
        self._refused = ""
        self._guarded: asyncio.Future[None] = (
            asyncio.get_running_loop().create_future()
        )  # done when the guard has ended
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lines = Lines()
        self._awaited: dict[int, re.Pattern[str]] = {}
        self._seen: dict[int, asyncio.Future[None]] = {}
        self._guard: asyncio.SubprocessTransport | None = None
        self._report: asyncio.ReadTransport | None = None

    async def start(self, ready: Ready) -> None:
        """Starts it. Raises ProgramFailed if the system refuses."""
        loop = asyncio.get_running_loop()
        for fd, pattern in ((1, ready.stdout), (2, ready.stderr)):
            if pattern:
                self._awaited[fd] = re.compile(pattern)
                self._seen[fd] = loop.create_future()
        reading, writing = os.pipe()
        try:
            self._report, _ = await loop.connect_read_pipe(lambda: _Report(self._told, self._gone), os.fdopen(reading))
            guard = [sys.executable, "-I", "-S", str(_GUARD), str(writing)]
            self._guard, _ = await loop.subprocess_exec(
                lambda: self,
                *guard,
                *self._start.command,
                cwd=self._start.folder,
                env=self._start.environment,
                pass_fds=(writing,),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        await self._begun
        if self._refused:
            raise ProgramFailed(f"{self._shown_command()} does not start: {self._refused}")

    async def ready(self, ready: Ready) -> None:
        """Waits until it is ready. Raises ProgramFailed if it ends before, or is not ready in time."""
        limit = seconds(ready.within)
        waiting = asyncio.get_running_loop().create_task(self._is_ready(ready))
        either: list[asyncio.Future[Any]] = [waiting, self.ended]
        try:
            await asyncio.wait(either, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
                return
            if self.ended.done():
                raise ProgramFailed(self.with_log(f"the program {self.ended.result()} before it was ready"))
            raise ProgramFailed(self.with_log(f"the program is not ready after {limit:g} s: {self._missing(ready)}"))
        finally:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError, ProgramFailed):
                await waiting

    async def _is_ready(self, ready: Ready) -> None:
        for seen in self._seen.values():
            await seen
        for socket, endpoint in self._start.bound.items():
            while not listening.listens(self.captured.get(socket, endpoint)):  # noqa: ASYNC110 (nobody tells us)
                await asyncio.sleep(TURN)
        while ready.health and not await self._healthy(ready.health):  # noqa: ASYNC110
            await asyncio.sleep(TURN * 5)

    async def _healthy(self, command: Sequence[str]) -> bool:
        """Whether the health command exits with 0."""
        try:
            health = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._start.folder,
                env=self._start.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramFailed(f"ready.health: {command[0]} does not start: {error.strerror or error}") from None
        try:
            return await health.wait() == 0
        finally:
            if health.returncode is None:
                with contextlib.suppress(OSError):
                    os.killpg(health.pid, signal.SIGKILL)
                await health.wait()

    def _missing(self, ready: Ready) -> str:
        """What it was still waited for."""
        for fd, seen in self._seen.items():
            if not seen.done():
                return f"no line on {'stdout' if fd == 1 else 'stderr'} matches {self._awaited[fd].pattern!r}"
        for socket, endpoint in self._start.bound.items():
            endpoint = self.captured.get(socket, endpoint)
            if not listening.listens(endpoint):
                others = listening.of_process(self.pid)
                told = f"; it listens at {', '.join(others)}" if others else ""
                return f"nothing listens at {endpoint} (socket {socket}){told}"
        return f"ready.health does not exit with 0: {' '.join(ready.health)}"

    async def stop(self, stop: Stop, *, kill: bool = False) -> None:
        """Stops it, and kills what is left of it. Raises ProgramFailed if it did not stop as it should.

        kill: with SIGKILL at once. May be called again.
        """
        if self._guard is None:
            return
        number = signal.SIGKILL if kill else signal.Signals[stop.signal]
        limit = seconds(stop.within)
        pipe = self._guard.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        was_running = not self.ended.done()
        pipe.write(f"stop {int(number)} {limit}\n".encode())
        try:
            await asyncio.wait_for(asyncio.shield(self._over), limit + MARGIN)
        except TimeoutError:
            raise ProgramFailed(self.with_log("the program's processes cannot be ended"), "hung") from None
        finally:
            await self.close()
        if self._stubborn and was_running:
            what = f"the program to stop within {limit:g} s of {number.name}"
            raise ProgramFailed(self.with_log("it still ran, and was killed"), "hung", what)
        if self._left:
            count, _, names = self._left.partition(" ")
            raise ProgramFailed(
                self.with_log(f"{count} still ran, and were killed: {names}"),
                "unexpected",
                "no process of the program to be left after it has stopped",
            )

    async def close(self) -> None:
        """Ends the guard, which kills whatever is left of the program. May be called again."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        pipe = guard.get_pipe_transport(0)
        if pipe is not None:
            pipe.close()  # the guard then kills all
        try:
            await asyncio.wait([self._guarded], timeout=MARGIN)
        finally:
            if not self._guarded.done() and guard.get_returncode() is None:
                guard.kill()
            guard.close()  # once it has ended: before, asyncio would take its exit status from its own watcher
            if self._report is not None:
                self._report.close()

    def with_log(self, what: str) -> str:
        """A message, followed by the last lines of the log."""
        lines = self.text(4096).splitlines()[-LAST_LINES:]
        return "\n".join([what, *(f"  | {plain(line)}" for line in lines)]) if lines else f"{what}; it wrote no log"

    def text(self, most: int) -> str:
        """The last bytes of its log."""
        told = self.log.tail(most)
        for secret in self._start.hidden:
            told = told.replace(secret, "***")
        return told

    def _shown_command(self) -> str:
        text = " ".join(self._start.command)
        for secret in self._start.hidden:
            text = text.replace(secret, "***")
        return text if len(text) <= 200 else f"{text[:200]}..."

    @property
    def flooded(self) -> bool:
        """Whether it wrote more than MOST_LOG, and was stopped for that."""
        return self._flooded

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Keeps the log, and looks for the lines that say that it is ready (asyncio)."""
        raw = data if isinstance(data, bytes) else data.encode()
        if self._flooded:
            return
        self.log.feed(raw)
        if self.log.total > MOST_LOG:
            self._flooded = True
            self._end(f"wrote more than {MOST_LOG >> 20} MiB of log")
            self._kill_guard()
            return
        for line in self.lines.feed(fd, raw):
            self._look(fd, line)

    def process_exited(self) -> None:
        """The guard has ended (asyncio)."""
        _done(self._guarded)

    def _kill_guard(self) -> None:
        """Has the guard kill everything now."""
        pipe = self._guard.get_pipe_transport(0) if self._guard else None
        if isinstance(pipe, asyncio.WriteTransport):
            pipe.write(f"stop {int(signal.SIGKILL)} 0\n".encode())

    def _look(self, fd: int, line: str) -> None:
        """Whether this is the line that says that the program is ready."""
        if fd not in self._awaited or self._seen[fd].done():
            return
        if found := self._awaited[fd].search(line):
            self.captured |= _captured(found, self._start.bound)
            self._seen[fd].set_result(None)

    def _told(self, line: str) -> None:
        """One line of the guard."""
        word, _, rest = line.partition(" ")
        match word:
            case "started":
                self.pid = int(rest)
                _done(self._begun)
            case "refused":
                self._refused = rest
                _done(self._begun)
                _done(self._over)
            case "exited":
                self.crashed = rest != "0"
                self._end(f"exited with {rest}")
            case "killed":
                self.crashed = True
                self._end(f"was killed by {_signal(int(rest))}")
            case "stubborn":
                self._stubborn = True
            case "left":
                self._left = rest
            case "over":
                _done(self._over)

    def _end(self, how: str) -> None:
        if not self.ended.done():
            self.ended.set_result(how)

    def _gone(self) -> None:
        """The guard has ended."""
        if not self._begun.done():
            self._refused = "its guard ended"
        _done(self._begun)
        _done(self._over)


class _Report(asyncio.Protocol):
    """What the guard reports, line by line."""

    def __init__(self, told: object, gone: object) -> None:
        self._told = told
        self._gone = gone
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._told(line.decode(errors="replace"))  # type: ignore[operator]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._gone()  # type: ignore[operator]


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _captured(found: re.Match[str], bound: Mapping[str, str]) -> dict[str, str]:
    """The endpoints that a line tells: socket -> endpoint."""
    told: dict[str, str] = {}
    for group, text in found.groupdict().items():
        if text is None:
            continue
        if group in bound:
            endpoint = text if "://" in text else f"tcp://{text}"
            told[group] = _ANYWHERE.sub("tcp://127.0.0.1:", endpoint)
        elif (socket := group.removesuffix("_port")) in bound:
            told[socket] = f"tcp://127.0.0.1:{text}"
    return told


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
