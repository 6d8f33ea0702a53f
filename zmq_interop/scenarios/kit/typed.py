"""Shared code of the scenarios on protobuf messages: a pipeline of two sockets, and expectations of typed frames."""

from __future__ import annotations

from collections.abc import Iterable

from zmq_interop.agents.control.handles import Call, Socket
from zmq_interop.core.frames import Message, Typed
from zmq_interop.core.scenario import Needs, needs
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.schemas import sign_extension
from zmq_interop.system.errors import Mismatch, OperationFailed

DATA_MESSAGE = "interop.payload.v1.DataMessage"
SHAPES = "interop.payload.v1.Shapes"
SCALARS = "interop.payload.v1.Scalars"
LISTS = "interop.payload.v1.Lists"
MAPS = "interop.payload.v1.Maps"
CHOICE = "interop.payload.v1.Choice"
HOLDER = "interop.payload.v1.Holder"
TREE = "interop.payload.v1.Tree"
OLDER = "interop.payload.v1.Older"
NEWER = "interop.payload.v1.Newer"

ROLES: dict[str, Needs] = {"sender": needs(PUSH), "receiver": needs(PULL)}


async def pipeline(cell: CellContext) -> tuple[Socket, Socket]:
    """The sender's PUSH and the receiver's PULL, linked."""
    pull = cell.receiver.open(PULL)
    push = cell.sender.open(PUSH)
    await cell.link(pull, push)
    return push, pull


async def pass_on(cell: CellContext, forms: Iterable[Typed]) -> None:
    """Expects that both libraries decode each form, and encode the same value. Raises Mismatch or OperationFailed.

    Each form is sent twice: as a typed frame, which the sender decodes and encodes, and as raw bytes, which the
    receiver decodes and encodes. Values are compared, and negative numbers must be sign-extended
    (zmq_interop/schemas/sign_extension.py). Cells may share the pipeline: their scenarios declare `message_axes`.
    """
    push, pull = await cell.shared(pipeline)
    for form in forms:
        await push.send((form,))  # so that a refusal shows at once, not as a lost message
        push.send((form.value,))
        got = await cell.collect([pull.receive(), pull.receive(types=[form.type])])
        encoded = [as_typed(form.type, message) for message in got]
        expect.messages(encoded, [(form,)] * 2)
        for (frame,) in encoded:
            _sign_extended(frame)


def _sign_extended(typed: Typed) -> None:
    """Expects that an encoder wrote negative numbers in ten bytes. Raises Mismatch (`altered`)."""
    if fields := sign_extension.narrowed(typed.type, typed.value):
        raise Mismatch(
            Kind.ALTERED,
            f"a negative int32 or enum to be sign-extended to 64 bits, ten bytes: {', '.join(fields)}",
            f"five bytes: {short(typed.value)}",
        )


def as_typed(type: str, message: Message) -> tuple[Typed, ...]:
    """The message with its raw frames turned into typed frames of this type."""
    return tuple(frame if isinstance(frame, Typed) else Typed(type, frame) for frame in message)


async def refused(call: Call[Message] | Call[None], what: str) -> None:
    """Expects that the operation answers PAYLOAD. what: the bytes to decode, for people. Raises Mismatch."""
    if await answered(call) is not None:
        raise Mismatch(Kind.UNEXPECTED, f"{call.name} to answer PAYLOAD for {what}", "success")


async def answered(call: Call[Message] | Call[None]) -> Message | None:
    """Returns the operation's answer, () for an empty one, None for PAYLOAD.

    Raises Mismatch: `lost` for AGAIN, `unexpected` for any other error.
    """
    try:
        return await call or ()
    except OperationFailed as failed:
        if failed.code == "PAYLOAD":
            return None
        if failed.code == "AGAIN":
            raise expect.lost(f"a message for {failed.operation}", "none") from None
        raise Mismatch(Kind.UNEXPECTED, f"{failed.operation} to decode, or to answer PAYLOAD", str(failed)) from None


def short(data: bytes) -> str:
    """Bytes in hexadecimal for people, shortened."""
    return data.hex() if len(data) <= 40 else f"{data[:40].hex()}... ({len(data)} bytes)"
