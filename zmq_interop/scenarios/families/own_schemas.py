"""Users' own schemas: every message below proto/, or in a folder given with --proto, between every two peers."""

from __future__ import annotations

from zmq_interop.agents.control import hello
from zmq_interop.core.frames import Typed
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.typed import pipeline, refused
from zmq_interop.schemas import payloads
from zmq_interop.schemas.samples import Own
from zmq_interop.system.errors import Lacking, Mismatch, Unplayable

MOST_TOLD = 3  # features of a file, unsupported by some compilers, that a message lists


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    primary=(),
    axes=(Axis(name="message", values={}, also=("type", "file")),),  # scenarios.load fills them in from the protos
    message_axes=("message",),
)
async def own_schemas(cell: CellContext) -> None:
    """A message of any schema that one library encodes has the same value once another library has decoded it.

    Protocol Buffers, "Encoding": a parser accepts fields in any order, takes the last record of a field that occurs
    twice, and accepts varints that are longer than needed; an encoder writes none of these. So each value is also sent
    in such bytes, and neither agent may pass them on unchanged. If a user's sample is not a valid message of the type,
    for example because a required field is missing, both libraries must refuse it. Every message of a user is played
    between every two peers, whatever the primary axes; without any, the project's own messages take their place.
    """
    own: Own = cell.value("message")
    if own.defect:
        raise Unplayable(own.defect)
    for peer, lane in zip(cell.cell.peers, (cell.sender, cell.receiver), strict=True):
        if left_out := hello.refusals(lane.hello, payloads.message_types()).get(own.type):
            raise Mismatch(Kind.UNCOMPILABLE, f"{peer} to compile {left_out.file}", _told(left_out))
        if own.type not in lane.hello.message_types:  # an image peer, which no run can rebuild for its protos
            raise Lacking(f"{peer} was built without the message type {own.type}")
    if own.refused:
        await _is_refused(cell, own)
        return
    wanted = Typed(own.type, own.value)
    push, pull = await cell.shared(pipeline)
    for form in own.forms:
        await push.send((Typed(own.type, form),))  # so that a refusal shows at once, not as a message that is missed
        push.send((form,))
        (encoded, *_), (decoded, *_) = await pull.receive(), await pull.receive(types=[own.type])
        for who, frame in (("the sender", encoded), ("the receiver", decoded)):
            got = frame if isinstance(frame, Typed) else Typed(own.type, frame)
            expect.value((got,), wanted)
            expect.that(
                form in (own.value, own.forms[0]) or got.value != form,
                Kind.ALTERED,
                f"{who} to decode {_shown(form)} and encode it anew",
                "the same bytes",
            )


async def _is_refused(cell: CellContext, own: Own) -> None:
    """Expects that both libraries refuse the bytes, and that the next message arrives. Raises Mismatch."""
    push, pull = await cell.shared(pipeline)
    for form in own.forms:
        await refused(push.send((Typed(own.type, form),)), f"{_shown(form)} as {own.type}")
        push.send((form,))
        push.send((b"next",))
        first, second = pull.receive(types=[own.type]), pull.receive()
        await refused(first, f"{_shown(form)} as {own.type}")
        expect.frames(await second, (b"next",))


def _told(left_out: hello.Refused) -> str:
    """The compiler's message, what the harness knows about the file, and what to do.

    Many compilers name no line, so the harness lists the unusual features of the file. Reports add the commands that
    accept the failure (zmq_interop/results/report/advice.py).
    """
    unusual = payloads.types().unusual[left_out.file][:MOST_TOLD]
    to_do = "to do: write it as plain proto3, or with other names; or accept it, as docs/own-schemas.md says"
    return "\n".join([left_out.reason, *(f"not every compiler takes this: {one}" for one in unusual), to_do])


def _shown(form: bytes) -> str:
    return form.hex() if len(form) <= 100 else f"{form[:100].hex()}... ({len(form)} bytes)"
