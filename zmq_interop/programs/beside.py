"""Carries out a dialogue's steps where another program has the place of a peer: hears what passes between the two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from zmq_interop.core.frames import Message
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import frames, matchers
from zmq_interop.programs.between import Between
from zmq_interop.programs.declaration import Dialogue, Program, Step
from zmq_interop.programs.dialogue import OtherSide
from zmq_interop.programs.ends import End
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import Mismatch


class BesidePeers(OtherSide):
    """The other side of a program where some of its sockets are joined to those of another program.

    links: the program's joined sockets. Its steps there are about what passes; all other steps are played as usual.
    """

    def __init__(
        self,
        cell: CellContext,
        name: str,
        work: str,
        program: Program,
        dialogue: Dialogue,
        text: Callable[[str], str],
        logged: Callable[[str, float], Awaitable[bool]],
        links: Mapping[str, Between],
    ) -> None:
        super().__init__(cell, name, work, program, dialogue, _never, text, logged)
        self._links = links

    def _other(self, socket: str) -> str:
        link = self._links[socket]
        return next(one.name for one in link.parties if one.name != self._name)

    async def _next(self, socket: str, sender: str, timeout: float) -> Message | None:
        """The next message on a joined socket, as this program's declaration has it."""
        link = self._links[socket]
        got = await link.next(sender, timeout)
        mine = next(one for one in link.parties if one.name == self._name)
        return None if got is None else mine.sees(tuple(bytes(one) for one in got if isinstance(one, bytes)))

    async def _step(self, step: Step, number: str) -> None:
        if step.subscribe in self._links:  # the other program does that by itself
            return
        await super()._step(step, number)

    async def _receive(self, end: End, timeout: float, types: Sequence[str]) -> Message | None:
        if end.socket not in self._links:
            return await super()._receive(end, timeout, types)
        if kept := self._kept.get(end):
            return kept.pop(0)
        while True:
            got = await self._next(end.socket, self._name, timeout)
            if got is None or not self._is_copy(end, got):
                return got

    async def _send(self, step: Step, number: str) -> None:
        """Waits until the other program sends what this dialogue says, and compares the two."""
        if step.send not in self._links:
            await super()._send(step, number)
            return
        other = self._other(step.send)
        declared = self._program.frames_of(step.send)
        what = f"{number}: {other} to send on {step.send} what {self._name} takes: {frames.described(step, declared)}"
        limit = self._limit(step)
        got = await self._next(step.send, other, limit)
        if got is None:
            raise expect.lost(what, f"no message within {limit:g} s")
        got = frames.as_types(got, frames.types_of(step, declared))
        value = {**(step.value or {}), **dict.fromkeys(step.varies, matchers.ANY)}
        asked = msgspec.structs.replace(step, value=value)
        if found := frames.compare(asked, declared, got, self._memory):
            expected = "; ".join(one.expected for one in found)
            told = "; ".join(one.got for one in found)
            whole = expect.show_all([got])
            raise Mismatch(Kind.ALTERED, f"{what}: {expected}", f"{told}; the whole message: {whole}")
        self._memory.keep(step.as_, got)


async def _never(how: str) -> None:
    raise AssertionError(f"a dialogue that restarts its program is played with peers alone, not {how}")
