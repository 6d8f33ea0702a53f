"""What the lanes of a played cell did, as values: steps in the order in which they were asked, with their answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from interop.control.v1.control_pb2 import ErrorCode, Response
from zmq_interop.agents.control.handles import Call, Lane
from zmq_interop.core.frames import OptionValue, Typed
from zmq_interop.schemas import payloads
from zmq_interop.system.errors import UsageError

_TCP = re.compile(r"tcp://([\d.]+|\[[\da-fA-F:.]+\]):(\d+|\*)")
_SYNC = b"\x00interop-sync"  # zmq_interop/scenarios/kit/cell_context.py: sent until it arrives, so never twice alike
_OPERATIONS = frozenset(
    {"open", "close", "set_option", "get_option", "bind", "connect", "unbind", "disconnect", "send", "receive"}
)


class Frame(msgspec.Struct, frozen=True):
    """A frame. type: the full name of its message type; "" for raw bytes.

    id: of a routing id that the library generated, which differs each time, its place among those that the role has
    received; it has no data then. 0 for any other frame.
    """

    data: bytes
    type: str = ""
    id: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What an operation answered.

    frames: of the message that Receive took. value: of GetOption. error: the errno's name, or PAYLOAD for bytes that
    are not a message of the type. none: there was no answer, because the agent died or hung.
    """

    frames: tuple[Frame, ...] | None = None
    value: OptionValue | None = None
    error: str = ""
    none: bool = False


class Endpoint(msgspec.Struct, frozen=True):
    """An endpoint whose port or path is chosen when the programs run. host: of tcp; "" for ipc."""

    transport: str
    host: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one role.

    number: from 1, in the order of asking. name: the operation's field in Request. socket: its handle. type: of the
    socket that Open makes. options: of Open and SetOption; of GetOption, the name alone. endpoint: its place in
    `Recording.endpoints`. frames: of Send. types: of Receive. timeout: in milliseconds. after: numbers of the steps
    whose answers were there when it was asked, without those that an earlier step waits for. answered: its place in the
    order of all answers; 0 without one.
    """

    number: int
    role: str
    name: str
    socket: int
    type: str = ""
    options: tuple[tuple[str, OptionValue], ...] = ()
    endpoint: int = -1
    frames: tuple[Frame, ...] = ()
    types: tuple[str, ...] = ()
    timeout: int = 0
    after: tuple[int, ...] = ()
    answered: int = 0
    answer: Answer = Answer()


class Recording(msgspec.Struct, frozen=True):
    """What one play of a cell did. roles: role -> peer."""

    cell: str
    roles: dict[str, str]
    steps: tuple[Step, ...]
    endpoints: tuple[Endpoint, ...]


def record(
    cell: str, roles: Mapping[str, str], lanes: Mapping[str, Sequence[Lane]], journal: Sequence[Lane]
) -> Recording:
    """The recording of a cell that has just been played.

    lanes: of each role, as they are at the end. journal: every lane that the cell has used. Raises UsageError for what
    no program can be written for.
    """
    if any(not any(lane is one for many in lanes.values() for one in many) for lane in journal):
        raise refused(cell, "an instance that is killed during the cell")
    for role, its in lanes.items():
        if sum(bool(_played(lane)) for lane in its) > 1:
            raise refused(cell, f"several lanes (of the role {role})")
    asked = [(role, call) for role, its in lanes.items() for lane in its for call in _played(lane)]
    asked.sort(key=lambda one: one[1].exchange.asked)
    reading = _Reading(cell, _own_ids(call for _, call in asked))
    steps: list[Step] = []
    waited: set[int] = set()
    for number, (role, call) in enumerate(asked, 1):
        before = [
            place
            for place, (_, other) in enumerate(asked[: number - 1], 1)
            if 0 < other.exchange.answered < call.exchange.asked
        ]
        after = tuple(place for place in before if place not in waited)
        waited.update(after)
        steps.append(reading.step(number, role, call, after))
    return Recording(cell, dict(roles), tuple(steps), tuple(reading.endpoints))


def refused(cell: str, what: str) -> UsageError:
    """The error for a cell that has something which is not supported."""
    return UsageError(f"repro {cell}: not supported yet: {what}", "docs/repro.md lists what is supported")


def _played(lane: Lane) -> list[Call[Any]]:
    """The operations that the agent carried out, or began, without the end of the cell."""
    return [call for call in lane.calls if call.name != "close_all" and call.exchange.stopped_by is None]


class _Reading:
    """Turns calls into steps. own_ids: routing ids that the scenario sets. endpoints: those that were met so far."""

    def __init__(self, cell: str, own_ids: frozenset[bytes]) -> None:
        self.endpoints: list[Endpoint] = []
        self._cell = cell
        self._own_ids = own_ids
        self._places: dict[str, int] = {}
        self._types: dict[tuple[str, int], str] = {}  # role and handle -> type of the socket
        self._ids: dict[str, list[bytes]] = {}  # role -> the routing ids that it has received

    def step(self, number: int, role: str, call: Call[Any], after: tuple[int, ...]) -> Step:
        if call.name not in _OPERATIONS:
            raise refused(self._cell, f"the operation {call.name}")
        operation = getattr(call.exchange.request, call.name)
        answer = self._answer(call)
        if answer.frames is not None and self._types.get((role, operation.socket)) in ("ROUTER", "STREAM"):
            answer = Answer(frames=(self._received(role, answer.frames[0]), *answer.frames[1:]))
        fields: dict[str, Any] = {}
        match call.name:
            case "open":
                fields["type"] = self._types[role, operation.socket] = operation.type
                fields["options"] = tuple(map(_option, operation.options))
            case "set_option":
                fields["options"] = (_option(operation.option),)
            case "get_option":
                fields["options"] = ((operation.name, 0),)
                if operation.name == "LAST_ENDPOINT":  # it names a port
                    answer = Answer()
            case "bind" | "connect" | "unbind" | "disconnect":
                fields["endpoint"] = self._endpoint(call, operation.endpoint)
            case "send":
                fields["frames"] = tuple(self._sent(role, _frame(frame)) for frame in operation.frames)
                fields["timeout"] = operation.timeout_ms
                if any(frame.data == _SYNC for frame in fields["frames"]):
                    raise refused(self._cell, "a message that is sent again until it arrives (join)")
            case "receive":
                fields["types"] = tuple(operation.types)
                fields["timeout"] = operation.timeout_ms
        return Step(
            number=number,
            role=role,
            name=call.name,
            socket=operation.socket,
            after=after,
            answered=call.exchange.answered,
            answer=answer,
            **fields,
        )

    def _received(self, role: str, frame: Frame) -> Frame:
        """The first frame at a ROUTER: a routing id, which the library generates where ROUTING_ID is not set
        (zmq_setsockopt(3), ZMQ_ROUTING_ID)."""
        if frame.data in self._own_ids:
            return frame
        known = self._ids.setdefault(role, [])
        if frame.data not in known:
            known.append(frame.data)
        return self._sent(role, frame)

    def _sent(self, role: str, frame: Frame) -> Frame:
        known = self._ids.get(role, [])
        return Frame(b"", id=known.index(frame.data) + 1) if frame.data in known and not frame.type else frame

    def _endpoint(self, call: Call[Any], text: str) -> int:
        place = self._places.get(text)
        if place is None:
            tcp = _TCP.fullmatch(text)
            if tcp is None and not text.startswith("ipc:///"):
                what = "inproc, since each role is a program of its own" if text.startswith("inproc:") else text
                raise refused(self._cell, f"the endpoint {what}" if what == text else what)
            place = len(self.endpoints)
            self.endpoints.append(Endpoint("tcp", tcp[1]) if tcp else Endpoint("ipc"))
            if not (tcp and tcp[2] == "*"):
                self._places[text] = place
        if (response := _response(call)) is not None and response.endpoint:
            self._places.setdefault(response.endpoint, place)
        return place

    def _answer(self, call: Call[Any]) -> Answer:
        response = _response(call)
        if response is None:
            return Answer(none=True)
        match response.WhichOneof("result"):
            case "error":
                code = ErrorCode.Name(response.error.code).removeprefix("ERROR_CODE_")
                return Answer(error=response.error.errno_name or ("EAGAIN" if code == "AGAIN" else code))
            case "message":
                return Answer(frames=tuple(map(_canonical, map(_frame, response.message.frames))))
            case "value":
                return Answer(value=_value(response.value))
            case _:
                return Answer()


def _own_ids(calls: Iterable[Call[Any]]) -> frozenset[bytes]:
    options = [
        option
        for call in calls
        for option in (
            call.exchange.request.open.options
            if call.name == "open"
            else [call.exchange.request.set_option.option]
            if call.name == "set_option"
            else []
        )
    ]
    return frozenset(option.value.data for option in options if option.name == "ROUTING_ID")


def _response(call: Call[Any]) -> Response | None:
    future = call.exchange.answer
    if call.exchange.answered_at is None or not future.done() or future.cancelled() or future.exception():
        return None
    return future.result()


def _frame(frame: Any) -> Frame:
    return Frame(frame.typed.value, frame.typed.type) if frame.HasField("typed") else Frame(frame.raw)


def _canonical(frame: Frame) -> Frame:
    """A typed frame in the one encoding in which two of the same value are equal."""
    return Frame(payloads.comparable(Typed(frame.type, frame.data))[1], frame.type) if frame.type else frame


def _option(option: Any) -> tuple[str, OptionValue]:
    return option.name, _value(option.value)


def _value(value: Any) -> OptionValue:
    number: OptionValue = value.number if value.HasField("number") else value.data
    return number


def first_difference(expected: Recording, got: Recording) -> tuple[Step, Answer] | None:
    """The first step that answered something else in `got`, and what; None if there is none.

    The first is the one whose expected answer came first: a receive that is pending from the start misses a message
    only because of what another step did not do.

    The steps of a role correspond in order, until the operations differ: a scenario ends where it fails.
    """
    found = []
    for role in expected.roles:
        for step, other in zip(_of(expected.steps, role), _of(got.steps, role), strict=False):
            if (step.name, step.socket, step.type, step.frames) != (other.name, other.socket, other.type, other.frames):
                break
            if step.answer != other.answer:
                found.append((step, other.answer))
                break
    return min(found, key=lambda one: one[0].answered, default=None)


def _of(steps: Iterable[Step], role: str) -> list[Step]:
    return [step for step in steps if step.role == role]
