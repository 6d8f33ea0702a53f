"""Plays the other side of a program in one cell: opens its clients' sockets, and carries out a dialogue's steps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

from zmq.utils import z85

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core import endpoints as endpoints_of
from zmq_interop.core import sockets
from zmq_interop.core.frames import Message, OptionValue, Typed
from zmq_interop.core.verdicts import Kind
from zmq_interop.programs import frames
from zmq_interop.programs.declaration import BYTES, ODD, ROLE, Dialogue, Program, Step, seconds
from zmq_interop.programs.ends import End, ends, flat
from zmq_interop.programs.frames import Memory
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext, Endpoint
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import AgentError, Mismatch, OperationFailed

FIRST_WAIT, LAST_WAIT = 0.02, 0.5  # seconds that `repeat` waits after a round: they grow from round to round
SLICE = 1.0  # seconds of one receive: a lane that waits cannot be stopped, and the program may have died
_KEY = 40  # characters of a CURVE key in Z85 (RFC 32)


def option(name: str, value: int | str) -> OptionValue:
    """The value of a socket option, as agents take it. A CURVE key of 40 characters is Z85 (RFC 32)."""
    if isinstance(value, int):
        return value
    if name.startswith("CURVE_") and len(value) == _KEY:
        return bytes(z85.decode(value))
    return value.encode()


class OtherSide:
    """The clients of one cell, and what they have sent and received."""

    def __init__(
        self,
        cell: CellContext,
        name: str,
        work: str,
        program: Program,
        dialogue: Dialogue,
        restart: Callable[[str], Awaitable[None]],
        text: Callable[[str], str],
        logged: Callable[[str, float], Awaitable[bool]],
    ) -> None:
        """name: the program's. work: the name of the cell's own folder. text: expands an option's placeholders.

        restart: stops the program and starts it again ("stop", "kill"). logged: whether the program writes a line that
        matches, within so many seconds.
        """
        self._cell = cell
        self._name = name
        self._work = work
        self._program = program
        self._dialogue = dialogue
        self._restart = restart
        self._text = text
        self._logged = logged
        self._memory = Memory()
        self._sockets: dict[End, Socket] = {}
        self._subscribed = {End(step.by, step.subscribe) for step in flat(dialogue.steps) if step.subscribe}
        self._identities: dict[End, bytes] = {}  # of a ROUTER's last sender
        self._kept: dict[End, list[Message]] = {}  # received, and not yet expected
        self._copies: dict[End, tuple[Message, int]] = {}  # what `repeat` sent several times, and may come again

    async def bind(self, endpoints: Mapping[str, str]) -> dict[str, str]:
        """Binds the sockets to which the program connects. endpoints: the program's socket -> where.

        Returns the program's socket -> the endpoint.
        """
        bound: dict[str, str] = {}
        there = {end.socket: end for end in reversed(ends(self._dialogue))}
        first = next(iter(self._cell.cell.scenario.roles), ROLE)
        for name, endpoint in endpoints.items():
            end = there.get(name, End(first, name))
            socket = self._open(end)
            mine = await self._bind(socket, endpoint)
            bound[name] = self._cell.through(end.by, f"{self._work}/{name}", mine, self._name)
        return bound

    async def _bind(self, socket: Socket, endpoint: str) -> str:
        """A fixed endpoint may still belong to the cell before, whose socket is closed but not gone (zmq_close(3))."""
        if endpoints_of.port(endpoint) is None:  # a wildcard port, or a path of this cell's own
            return await socket.bind(endpoint)
        return (await self._cell.bind(socket, Endpoint(endpoint, ""))).bound

    async def close(self) -> None:
        """Closes all sockets now, for the next cell that uses the same endpoints."""
        for socket in self._sockets.values():
            with contextlib.suppress(OperationFailed, AgentError):  # told when the cell closes what is left
                await socket.close()

    async def connect(self, endpoints: Mapping[str, str]) -> None:
        """Connects the sockets to those that the program binds, and waits for the subscriptions of its SUBs.

        endpoints: the program's socket -> where it is bound.
        """
        for end in ends(self._dialogue):
            if end.socket in endpoints and end not in self._sockets:
                name = f"{self._work}/{end.socket}"
                self._open(end).connect(self._cell.through(end.by, name, endpoints[end.socket]))
        for end, socket in self._sockets.items():
            if socket.type == sockets.XPUB and self._program.sockets[end.socket].type == sockets.SUB:
                await self._subscriptions(end, socket)

    def _open(self, end: End) -> Socket:
        declared = self._program.sockets[end.socket]
        options = {
            name: option(name, self._text(value) if isinstance(value, str) else value)
            for name, value in declared.options.items()
        }
        socket = self._cell.lane(end.by).open(declared.other_type, **options)
        if socket.type == sockets.SUB and end not in self._subscribed:
            socket.set("SUBSCRIBE", b"")
        self._sockets[end] = socket
        return socket

    async def _subscriptions(self, end: End, socket: Socket) -> None:
        """Waits until the program's subscriptions have come: what is published before would get lost (RFC 29)."""
        wanted = {b"\x01" + prefix.encode() for prefix in self._program.sockets[end.socket].subscriptions}
        while wanted:
            got = await self._cell.collect([socket.receive()])
            if not got:
                told = ", ".join(expect.show(one[1:]) for one in sorted(wanted))
                raise expect.lost(f"the program's {end.socket} to subscribe to {told}", "no such subscription")
            if isinstance(got[0][0], bytes):
                wanted.discard(got[0][0])

    async def play(self) -> None:
        """Carries out all steps. Raises Mismatch, OperationFailed, AgentError, Unplayable."""
        for number, step in enumerate(self._dialogue.steps, 1):
            await self._step(step, f"step {number}")

    async def _step(self, step: Step, number: str) -> None:
        match step.action:
            case "send":
                await self._send(step, number)
            case "expect":
                await self._expect(step, number)
            case "silent":
                await self._silent(step, number)
            case "log":
                await self._log(step, number)
            case "subscribe":
                await self._sockets[End(step.by, step.subscribe)].set("SUBSCRIBE", step.prefix.encode())
            case "restart":
                self._kept.clear()
                await self._restart(step.restart)
            case "any_order":
                await self._any_order(step, number)
            case "repeat":
                await self._repeat(step, number)

    async def _send(self, step: Step, number: str) -> None:
        end = End(step.by, step.send)
        message = frames.to_send(step, self._program.frames_of(step.send), self._memory)
        self._memory.keep(step.as_, message)
        socket = self._sockets[end]
        address = (self._identities[end],) if end in self._identities else ()
        if socket.type == sockets.ROUTER and not address:
            what = f"{number}: a message on {step.send} before this answer, to tell whom to answer"
            raise Mismatch(Kind.LOST, what, "none")
        try:
            await socket.send((*address, *self._encoded(message)))
        except OperationFailed as error:
            if error.code != "AGAIN":
                raise
            what = f"{number}: the program to take a message on {step.send} within {self._cell.limit:g} s"
            raise Mismatch(Kind.REFUSED, what, "it takes none") from None

    def _encoded(self, message: Message) -> Message:
        """The frames as they are sent: payloads that the peer's library encodes, or, in a cell about that, their values
        in bytes that no encoder writes."""
        if self._cell.cell.values.get(BYTES) != ODD:
            return message
        return tuple(
            payloads.types().not_canonical(frame.type, frame.value) if isinstance(frame, Typed) else frame
            for frame in message
        )

    def _limit(self, step: Step) -> float:
        return self._cell.limit if step.within is None else seconds(step.within)

    async def _receive(self, end: End, timeout: float, types: Sequence[str]) -> Message | None:
        """The next message on a socket, without a ROUTER's address; None if there is none in time."""
        kept = self._kept.get(end)
        if kept:
            return kept.pop(0)
        router = self._sockets[end].type == sockets.ROUTER
        wanted = ("", *types) if router and types else types
        left = timeout
        while True:
            part = min(left, SLICE)
            got = await self._cell.collect([self._sockets[end].receive(timeout=part, types=wanted)])
            if not got:
                left -= part
                if left <= 0:
                    return None
                continue
            message = got[0]
            if router:
                first, *rest = message
                self._identities[end] = first.value if isinstance(first, Typed) else first
                message = tuple(rest)
            if not self._is_copy(end, message):
                return message

    def _is_copy(self, end: End, message: Message) -> bool:
        first, left = self._copies.get(end, ((), 0))
        if left and _same(message, first):
            self._copies[end] = first, left - 1
            return True
        return False

    async def _expect(self, step: Step, number: str) -> None:
        end = End(step.by, step.expect)
        declared = self._program.frames_of(step.expect)
        limit = self._limit(step)
        try:
            got = await self._receive(end, limit, frames.types_of(step, declared))
        except OperationFailed as error:
            if error.code != "PAYLOAD":
                raise
            what = f"{number} on {step.expect}: {frames.described(step, declared)}"
            raise Mismatch(Kind.ALTERED, what, f"a message that cannot be decoded as that: {error.text}") from None
        if got is None:
            what = f"{number} on {step.expect}: {frames.described(step, declared)}"
            raise expect.lost(what, f"no message within {limit:g} s")
        got = _typed(step, declared, got)
        if found := frames.compare(step, declared, got, self._memory):
            raise frames.mismatch(number, step, found, got)
        self._memory.keep(step.as_, got)

    async def _silent(self, step: Step, number: str) -> None:
        wait = seconds(step.for_)
        got = await self._receive(End(step.by, step.silent), wait, ())
        if got is not None:
            what = f"{number}: no message on {step.silent} for {wait:g} s"
            shown = frames.as_types(got, self._next_types(End(step.by, step.silent)))
            raise Mismatch(Kind.UNEXPECTED, what, expect.show_all([shown]))

    async def _log(self, step: Step, number: str) -> None:
        limit = self._limit(step)
        if not await self._logged(step.log, limit):
            what = f"{number}: a line of the program's log that matches {step.log!r}"
            raise expect.lost(what, f"no such line within {limit:g} s")

    async def _any_order(self, step: Step, number: str) -> None:
        """Expects each of the messages once. One that fits several steps is taken for the first of them."""
        left = list(step.any_order)
        types = {one.type for one in left}
        while left:
            end = End(left[0].by, left[0].expect)
            declared = self._program.frames_of(end.socket)
            wanted = frames.types_of(left[0], declared) if len(types) == 1 else ()
            got = await self._receive(end, max(map(self._limit, left)), wanted)
            if got is None:
                told = ", ".join(frames.described(one, declared) for one in left)
                raise expect.lost(f"{number} on {end.socket}, in any order: {told}", "no message")
            typed = [(one, _typed(one, declared, got)) for one in left]
            found = [frames.compare(one, declared, message, self._memory) for one, message in typed]
            fits = next((place for place, differences in enumerate(found) if not differences), None)
            if fits is None:
                raise frames.none_fits(f"{number}, in any order,", left, found, typed[0][1])
            self._memory.keep(left[fits].as_, typed[fits][1])
            del left[fits]

    async def _repeat(self, step: Step, number: str) -> None:
        """Does the steps again and again until a message comes: the program may not be listening to us yet."""
        end = End(step.by, step.until)
        types = self._next_types(end)
        clock = asyncio.get_running_loop().time
        limit = self._limit(step)
        over = clock() + limit
        wait = FIRST_WAIT
        rounds = 0
        while True:
            for place, inner in enumerate(step.repeat, 1):
                await self._step(inner, f"{number}.{place}")
            rounds += 1
            got = await self._receive(end, min(wait, limit), types)
            if got is not None:
                self._kept.setdefault(end, []).append(got)
                self._copies[end] = got, rounds - 1
                return
            if clock() > over:
                raise expect.lost(f"{number}: a message on {step.until} within {limit:g} s", f"none in {rounds} rounds")
            wait = min(wait * 2, LAST_WAIT)

    def _next_types(self, end: End) -> tuple[str, ...]:
        """The types of the next message that a later step expects there. All steps have a type in common, or none."""
        wanted = [step for step in flat(self._dialogue.steps) if step.expect and End(step.by, step.expect) == end]
        types = {frames.types_of(step, self._program.frames_of(end.socket)) for step in wanted}
        return next(iter(types)) if len(types) == 1 else ()


def _typed(step: Step, declared: tuple[str, ...], got: Message) -> Message:
    """A message with its payload as the type that a step expects."""
    return frames.as_types(got, frames.types_of(step, declared))


def _same(one: Message, other: Message) -> bool:
    try:
        expect.frames(one, other)
    except Mismatch:
        return False
    return True
