"""The two ends of a system as processes of their own, and what they are told to do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bench import NotMeasured
from benchmarks.brokers.systems import Setting, System
from zmq_interop.system.paths import ROOT

SENDER, RECEIVER = "sender", "receiver"
_OPENS = 60.0  # seconds in which an end must be connected
_WORKS = 150.0  # for a whole turn
_CLOSES = 5.0


class Tools(NamedTuple):
    """What clients run with: a Python that has their libraries, and the folder with the compiled message."""

    python: Path
    generated: Path


class End:
    """One process, with one role or both."""

    def __init__(self, process: Process, roles: Sequence[str], errors: Path) -> None:
        self.versions: Mapping[str, str] = {}
        self._process = process
        self._errors = errors
        self._answers: dict[str, asyncio.Queue[dict[str, Any]]] = {role: asyncio.Queue() for role in (*roles, "")}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            self._answers[answer["role"]].put_nowait(answer)
        gone = {"event": "failed", "error": "its process has ended"}
        for answers in self._answers.values():
            answers.put_nowait(gone)

    async def answer(self, role: str, event: str, limit: float = _WORKS) -> dict[str, Any]:
        """Its next answer, which must be this event. Raises NotMeasured."""
        try:
            found = await asyncio.wait_for(self._answers[role].get(), limit)
        except TimeoutError:
            raise NotMeasured(f"the {role} says nothing for {limit:g} s instead of {event!r}") from None
        if found["event"] != event:
            raise NotMeasured(f"the {role} failed: {found.get('error', found)}{self._last_error()}")
        return found

    def _last_error(self) -> str:
        lines = self._errors.read_text(errors="replace").strip().splitlines()
        return f" ({lines[-1][:200]})" if lines else ""

    async def order(self, role: str, do: str, **what: Any) -> None:
        """Gives it an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"role": role, "do": do, **what}).encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # it has ended, which its answer tells
            await self._process.stdin.drain()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def kill(self) -> None:
        """Ends it with SIGKILL. May be called again."""
        self.signal(signal.SIGKILL)
        await self._process.wait()
        await self._reading

    async def close(self, role: str) -> None:
        """Has a role disconnect in order."""
        await self.order(role, "close")
        with contextlib.suppress(NotMeasured):
            await self.answer(role, "closed", _CLOSES)


_numbers = itertools.count()


async def start(
    system: System, setting: Setting, address: Mapping[str, str], roles: Sequence[str], tools: Tools, folder: Path
) -> End:
    """A process with these roles, whose ends are connected. Raises NotMeasured."""
    wish = {
        "module": system.module,
        "address": dict(address),
        "safe": setting.safe,
        "roles": list(roles),
        "parent": os.getpid(),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    errors = folder / f"{'-'.join(roles)}-{next(_numbers)}.log"
    with errors.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            str(tools.python),
            "-P",
            "-m",
            "benchmarks.brokers.client",
            json.dumps(wish),
            cwd=folder,
            env={**environment, "PYTHONPATH": f"{ROOT}:{tools.generated}", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=PIPE,
            stdout=PIPE,
            stderr=file,
            start_new_session=True,  # Ctrl-C is for the command
        )
    end = End(process, roles, errors)
    try:
        end.versions = (await end.answer("", "versions", _OPENS))["versions"]
        for role in roles:
            await end.answer(role, "open", _OPENS)
    except BaseException:
        await end.kill()
        raise
    return end


class Pair:
    """Both ends of a system: `open` them, and `close` them whatever happens. again: how often the sender sent again."""

    def __init__(
        self, system: System, setting: Setting, address: Mapping[str, str], tools: Tools, folder: Path
    ) -> None:
        self.system = system
        self.receiver: End | None = None
        self.sender: End | None = None
        self.again = 0
        self._how = (setting, address)
        self._with = (tools, folder)
        self._turns = itertools.count(1)

    async def open(self) -> None:
        """The receiver first. Raises NotMeasured."""
        if self.system.one_process:
            self.receiver = self.sender = await self._start(RECEIVER, SENDER)
            return
        self.receiver = await self._start(RECEIVER)
        self.sender = await self._start(SENDER)

    async def _start(self, *roles: str) -> End:
        return await start(self.system, *self._how, roles, *self._with)

    async def replace_receiver(self) -> None:
        """Kills the receiver, and starts another in its place."""
        assert self.receiver is not None
        await self.receiver.kill()
        self.receiver = None
        self.receiver = await self._start(RECEIVER)

    @property
    def pids(self) -> list[int]:
        """The processes of the ends."""
        return sorted({end.pid for end in (self.receiver, self.sender) if end is not None})

    @property
    def versions(self) -> Mapping[str, str]:
        """Of the client's libraries."""
        return self.sender.versions if self.sender else {}

    async def begin(self, *, count: int, size: int, **more: Any) -> None:
        """Begins a turn: the receiver waits, then the sender sends. more: of the orders in client.py."""
        assert self.receiver is not None
        assert self.sender is not None
        order = {"turn": next(self._turns), "count": count, "size": size, "silence": 1.0, "chunk": 100, **more}
        self._order = order
        await self.receiver.order(RECEIVER, "receive", **order)
        await self.receiver.answer(RECEIVER, "receiving")
        await self.sender.order(SENDER, "send", **order)

    async def receive_again(self, log: Path) -> None:
        """Has a new receiver go on with the turn."""
        assert self.receiver is not None
        await self.receiver.order(RECEIVER, "receive", **{**self._order, "log": str(log)})
        await self.receiver.answer(RECEIVER, "receiving")

    async def sent(self) -> dict[str, Any]:
        """Waits until the sender has sent everything."""
        assert self.sender is not None
        done = await self.sender.answer(SENDER, "done")
        self.again += len(done["errors"])
        return done

    async def received(self) -> dict[str, Any]:
        """Has the receiver come to an end, and waits for it."""
        assert self.receiver is not None
        await self.receiver.order(RECEIVER, "finish")
        return await self.receiver.answer(RECEIVER, "done")

    async def close(self) -> None:
        """Ends both. May be called again."""
        ends = {id(end): end for end in (self.sender, self.receiver) if end is not None}
        self.sender = self.receiver = None
        for end in ends.values():
            await end.kill()
