"""The requests and answers on a cell's lanes, as operations of the event log, in time order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from interop.control.v1.control_pb2 import ErrorCode, Response
from zmq_interop.agents.control.handles import Call, Lane
from zmq_interop.agents.control.program import Exchange
from zmq_interop.core import events
from zmq_interop.core.frames import Typed
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.with_programs import Note
from zmq_interop.system.clip import FIELD, clip

MOST = 4000  # operations of a cell; a scenario that polls makes more with a fast agent


def operations(lanes: Iterable[Lane], start: float, most: int = MOST, link_of: str = "") -> list[events.Operation]:
    """The operations of these lanes, sorted by when they were asked. start: the cell's start on the channel's clock.

    link_of: the cell that opened the link, if it was another one; the first line says so.

    If there are more than `most`, the middle ones are replaced by one that says how many were left out.
    """
    calls = [(call.exchange.sent_at, lane, call) for lane in lanes for call in lane.calls]
    calls.sort(key=lambda one: one[0])
    left_out = len(calls) - most
    if left_out > 0:
        del calls[most // 2 : -most // 2]
    told = [_operation(lane, call, start) for _, lane, call in calls]
    if left_out > 0:
        gap = msgspec.structs.replace(told[most // 2], call="...", asked=f"{left_out} operations left out", answered="")
        told.insert(most // 2, gap)
    if link_of and told:
        text = f"on the link that {link_of} opened"
        told.insert(0, msgspec.structs.replace(told[0], took=-1, call="...", asked=text, answered=""))
    return told


def notes(made: Iterable[Note], start: float) -> list[events.Operation]:
    """What the cell did without an agent, as operations. start: as for `operations`."""
    return [
        events.Operation(
            at=round((note.at - start) * 1e6),
            took=-1 if note.took < 0 else round(note.took * 1e6),
            instance=note.who,
            lane=0,
            call=note.call,
            asked=clip(note.asked, FIELD),
            answered=clip(note.answered, FIELD),
        )
        for note in made
    ]


def _operation(lane: Lane, call: Call[Any], start: float) -> events.Operation:
    exchange = call.exchange
    answered = exchange.answered_at
    return events.Operation(
        at=round((exchange.sent_at - start) * 1e6),
        took=-1 if answered is None else round((answered - exchange.sent_at) * 1e6),
        instance=lane.instance,
        lane=lane.number,
        call=call.name,
        asked=clip(_asked(call.name, getattr(exchange.request, call.name)), FIELD),
        answered=clip(_outcome(exchange), FIELD),
    )


def _outcome(exchange: Exchange) -> str:
    if exchange.stopped_by is not None:
        return f"not done: {exchange.stopped_by.name} failed"
    if exchange.answered_at is None or not exchange.answer.done() or exchange.answer.cancelled():
        return ""
    return _answered(exchange.answer.result())


def _asked(name: str, operation: Any) -> str:
    match name:
        case "close_all":
            return ""
        case "open":
            options = "".join(f" {option.name}={_option(option.value)}" for option in operation.options)
            return f"{operation.socket} {operation.type}{options}"
        case "bind" | "connect" | "unbind" | "disconnect":
            return f"{operation.socket} {operation.endpoint}"
        case "send":
            return f"{operation.socket} {_frames(operation.frames)}"
        case "receive":
            types = f" as {', '.join(operation.types)}" if operation.types else ""
            return f"{operation.socket} within {operation.timeout_ms} ms{types}"
        case "receive_event":
            return f"{operation.socket} within {operation.timeout_ms} ms"
        case "set_option":
            return f"{operation.socket} {operation.option.name}={_option(operation.option.value)}"
        case "get_option":
            return f"{operation.socket} {operation.name}"
        case "send_burst":
            return f"{operation.socket} {operation.count} x {operation.size} bytes within {operation.timeout_ms} ms"
        case "receive_burst":
            return f"{operation.socket} up to {operation.count} within {operation.timeout_ms} ms"
        case _:
            return str(operation.socket)


def _answered(response: Response) -> str:
    match response.WhichOneof("result"):
        case None:
            return "done"
        case "error":
            error = response.error
            code = ErrorCode.Name(error.code) if error.code in ErrorCode.values() else str(error.code)
            return f"{code.removeprefix('ERROR_CODE_')} {error.errno_name} {error.text}"
        case "endpoint":
            return response.endpoint
        case "message":
            return _frames(response.message.frames)
        case "value":
            return _option(response.value)
        case "burst":
            burst = response.burst
            return f"{burst.count} messages, {burst.bytes} bytes, {burst.elapsed_ns / 1e6:.3f} ms"
        case "event":
            return f"{response.event.name} {response.event.value} {response.event.endpoint}"
        case "closed":
            return f"{response.closed} closed"
        case other:
            return str(other)


def _frames(frames: Any) -> str:
    shown = [
        expect.show(Typed(frame.typed.type, frame.typed.value) if frame.HasField("typed") else frame.raw)
        for frame in frames[:8]
    ]
    return f"[{', '.join(shown)}{', ...' if len(frames) > 8 else ''}]"


def _option(value: Any) -> str:
    return str(value.number) if value.HasField("number") else expect.show(value.data)
