"""What agents could write on the control channel, and the way that it takes through the harness.

Answers are taken as trees of fields, which are changed as such and then encoded, so that what comes out is mostly valid
in some depth; a part of it is then damaged as bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from random import Random

from benchmarks.fuzz.mutate import flipped
from interop.control.v1.control_pb2 import Response
from interop.control.v1.hello_pb2 import Hello, Library
from zmq_interop.agents.control import hello as hellos
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.handles import Call, Lane
from zmq_interop.core.peer import Peer
from zmq_interop.run.engine import journal
from zmq_interop.schemas import payloads, wire_format
from zmq_interop.system.clip import FIELD, clip
from zmq_interop.system.errors import AgentError, OperationFailed, PeerBroken
from zmq_interop.system.text import fenced

Field = tuple[int, "int | bytes | list[Field]"]

_NUMBERS = (0, 1, 2, 5, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1)
_BYTES = (b"", b"\0", b"\x1b[2J", b"\xff\xfe", b"tcp://127.0.0.1:1", b"ipc:///dev/zero", b"a" * 300, b"\xe2\x80\xae")
_LONG = (bytes(70_000), b"\x0a\x00" * 40_000, b"\x01" * 100_000)
ASKED = 6  # requests that are waiting, with ids from 1


def seeds(peer: Peer, digest: str) -> list[Response]:
    """An honest answer of each sort. digest: of the protos, as this peer's Hello says it."""
    claims = peer.require().claims
    typed = {"type": "interop.payload.v1.DataMessage", "value": b"\x0a\x01x\x10\x01"}
    hello = Hello(
        contract=2,
        peer=peer.name,
        language="Fuzz 1",
        libraries=[Library(name="libzmq", version="4.3.5"), Library(name="protobuf", version="7")],
        proto_digest=digest,
        lanes=claims.lanes,
        socket_types=claims.socket_types,
        transports=claims.transports,
        mechanisms=claims.mechanisms,
        operations=claims.operations,
        message_types=sorted(payloads.message_types())[:3],
        refused=[{"file": "shop/a.proto", "reason": "no"}],
    )
    results: Sequence[dict[str, object]] = (
        {"error": {"code": 4, "errno_name": "EFSM", "text": "no"}},
        {"endpoint": "tcp://127.0.0.1:5555"},
        {"message": {"frames": [{"raw": b"topic"}, {"raw": b""}, {"typed": typed}]}},
        {"value": {"number": 7}},
        {"value": {"data": b"name"}},
        {"burst": {"count": 3, "bytes": 300, "elapsed_ns": 9, "numbers": [0, 1, 2**64 - 1]}},
        {"closed": 2},
        {"event": {"name": "CONNECTED", "value": 1, "endpoint": "tcp://127.0.0.1:1"}},
        {},
    )
    answers = [Response(id=1 + at % ASKED, **result) for at, result in enumerate(results)]  # type: ignore[arg-type]
    return [Response(hello=hello), *answers]


class Streams:
    """What comes on one channel: a few answers, each behind its length."""

    def __init__(self, answers: Sequence[Response]) -> None:
        self._trees = [tree(one.SerializeToString(), one.DESCRIPTOR) for one in answers]

    def __call__(self, random: Random) -> bytes:
        """The next input."""
        out = bytearray()
        for _ in range(1 + int(random.expovariate(1.5))):
            fields = self._changed(random.choice(self._trees), random)
            message = encode(fields)
            if random.random() < 0.15:
                message = flipped(message, random)
            length = len(message) if random.random() < 0.97 else random.choice((0, len(message) + 1, 2**27, 2**31))
            out += length.to_bytes(4, "big") + message
        return flipped(bytes(out), random) if random.random() < 0.05 else bytes(out)

    def _changed(self, fields: list[Field], random: Random) -> list[Field]:
        """A copy with one thing changed, here or further inside."""
        fields = list(fields)
        at = random.randrange(len(fields) + 1)
        number, value = fields[at] if at < len(fields) else (random.choice((0, 1, 5, 15, 16, 2**29 - 1)), 0)
        if isinstance(value, list) and random.random() < 0.7:
            fields[at] = number, self._changed(value, random)
            return fields
        match random.randrange(7):
            case 0 if at < len(fields):
                del fields[at]
            case 1:
                fields.insert(at, (number, value))
            case 2:
                fields[at : at + 1] = [(random.randrange(17), value)]
            case 3:
                fields[at : at + 1] = [(number, random.choice(_NUMBERS))]
            case 4:
                fields[at : at + 1] = [(number, random.choice(_BYTES))]
            case 5 if random.random() < 0.002:  # long ones take their time
                fields[at : at + 1] = [(number, random.choice(_LONG))]
            case 5 if random.random() < 0.01:
                fields[at : at + 1] = [(number, value)] * random.choice((50, 3000))
            case _:
                fields.insert(at, random.choice(random.choice(self._trees) or [(1, 1)]))
        return fields


def tree(data: bytes, descriptor: object) -> list[Field]:
    """An encoded message as fields; what its descriptor calls a message is taken apart in turn."""
    known = descriptor.fields_by_number  # type: ignore[attr-defined]
    found: list[Field] = []
    for number, value in wire_format.fields(memoryview(data)):
        field = known[number]
        if field.message_type:
            found.append((number, tree(bytes(value), field.message_type)))
        elif field.type in (field.TYPE_STRING, field.TYPE_BYTES) or field.is_repeated:  # repeated numbers are packed
            found.append((number, bytes(value)))
        else:
            found.append((number, wire_format.read_varint(value, 0)[0]))
    return found


def encode(fields: Sequence[Field]) -> bytes:
    """The fields as they are, in their order."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += wire_format.varint_field(number, value)
        else:
            out += wire_format.bytes_field(number, value if isinstance(value, bytes) else encode(value))
    return bytes(out)


class Reader:
    """The receiving side of a channel with requests that wait, and all that is made of the answers.

    May be called in a running event loop only.
    """

    def __init__(self, peer: Peer, digest: str) -> None:
        self._peer = peer
        self._digest = digest
        self._types = payloads.message_types()

    def __call__(self, data: bytes) -> None:
        """Takes a stream in two cuts. Raises nothing, whatever it is."""
        channel = Channel("fuzz-1")
        lane = Lane(channel, 0, 1)
        socket = lane.open("DEALER")
        socket.bind("tcp://127.0.0.1:*")
        socket.receive()
        socket.get("ROUTING_ID")
        socket.receive_burst(10, 1)
        socket.event()
        cut = len(data) * 2 // 3
        channel.received(data[:cut])
        channel.received(data[cut:])
        channel.ended()
        for call in lane.calls:
            if call.exchange.answered_at is not None:
                _use(call)
        told = journal.operations([lane], 0)
        if sum(len(one.answered) for one in told) > ASKED * 2 * FIELD:
            raise AssertionError("operations that fill the event log")
        if channel.hello.exception() is None:
            with contextlib.suppress(PeerBroken):
                hellos.check(self._peer, channel.hello.result(), self._digest, self._types)


def _use(call: Call[object]) -> None:
    """Takes the answer as a scenario does, and shows it as a report does."""
    try:
        call.__await__().send(None)
    except StopIteration as done:
        repr(done.value)
    except (OperationFailed, AgentError) as error:
        fenced(clip(str(error)))
