"""What agents could answer to a Receive of typed frames: sound frames of the control channel with anything in them.

The messages are made from their descriptors, field by field, and each field may be wrong in its own way: without what
is required, of another wire type, with a number that its enum does not have, longer than there are bytes, no UTF-8,
deep.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from benchmarks.fuzz.mutate import flipped
from interop.control.v1.control_pb2 import Response
from zmq_interop.agents.control.channel import Channel
from zmq_interop.agents.control.framing import frame
from zmq_interop.agents.control.handles import Call, Lane
from zmq_interop.core.frames import Message, Typed
from zmq_interop.run.engine import journal
from zmq_interop.scenarios.kit import expect
from zmq_interop.schemas import payloads, wire_format
from zmq_interop.schemas.compile_check import check
from zmq_interop.schemas.payloads import Types
from zmq_interop.system.clip import FIELD, clip
from zmq_interop.system.errors import AgentError, Mismatch, OperationFailed
from zmq_interop.system.paths import PROTO
from zmq_interop.system.text import fenced

OLD = "fuzz.Old"
TYPES = (OLD, "fuzz.Old.Inner", "interop.payload.v1.Shapes", "google.protobuf.Struct", "nobody", "")
GOOD = Typed(OLD, wire_format.bytes_field(1, b"id"))
_DEPTH = 4  # of messages, but for those that are meant to be deep
_OPENED, _RECEIVED = 1, 2  # ids of the requests
_NUMBERS = (0, 1, 2, 7, -1, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, 2**64 - 1)
_RATIOS = (0.0, -0.0, 1.5, math.nan, -math.nan, math.inf, 5e-324)
_TEXTS = (b"", b"a", "é\u202e".encode(), b"\xff", b"\xc3", b"\x1b[2J\n", b"a" * 300, b"\0")
_URLS = (
    b"x/google.protobuf.Any",
    b"x/fuzz.Old",
    b"x/interop.control.v1.Hello",
    b"type.googleapis.com/nobody",
    b"/",
    b"",
)


def compiled(scratch: Path) -> Types:
    """The message types. scratch: where they are compiled."""
    folder = scratch / "typed"
    shutil.copytree(Path(__file__).with_name("protos"), folder, dirs_exist_ok=True)
    shutil.copytree(PROTO / "interop", folder / "interop", dirs_exist_ok=True)
    files = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.proto"))]
    sifted = check(folder, files, scratch / "typed.binpb")
    assert not sifted.complaints, sifted.complaints
    return payloads.load(scratch / "typed.binpb")


class Answers:
    """Answers to a Receive, each behind its length."""

    def __init__(self, types: Types) -> None:
        self._types = types

    def __call__(self, random: Random) -> bytes:
        """The next input."""
        type = random.choice((OLD, OLD, OLD, *TYPES))
        value = self._value(type, random)
        if random.random() < 0.05:
            value = flipped(value, random)
        named = type if random.random() < 0.95 else random.choice(TYPES)
        answer = Response(id=_RECEIVED, message={"frames": [{"typed": {"type": named, "value": value}}]})
        return frame(answer.SerializeToString())

    def _value(self, type: str, random: Random) -> bytes:
        try:
            descriptor = self._types.find(type)
        except KeyError:
            descriptor = self._types.find(OLD)
        if type == OLD and random.random() < 0.02:
            return _deep(random)
        return b"".join(self._records(descriptor, random, 0))

    def _records(self, descriptor: Descriptor, random: Random, depth: int) -> list[bytes]:
        entry = descriptor.GetOptions().map_entry
        extensions = self._types.pool.FindAllExtensions(descriptor) if descriptor.full_name == OLD else ()
        out = []
        for field in (*descriptor.fields, *extensions):
            if random.random() < (0.95 if field.is_required or entry else 0.2):
                out += [self._record(field, random, depth) for _ in range(random.randrange(1, 4))]
        if random.random() < 0.1:
            out.append(wire_format.tag(random.choice((15, 99, 2**29 - 1)), random.randrange(8)) + random.choice(_TEXTS))
        if random.random() < 0.2:
            random.shuffle(out)
        return out

    def _record(self, field: FieldDescriptor, random: Random, depth: int) -> bytes:
        number = field.number
        match random.randrange(60):
            case 0:
                return wire_format.tag(number, random.randrange(8)) + random.choice((*_TEXTS, bytes(4), bytes(8)))
            case 1:
                return wire_format.tag(number, wire_format.LENGTH) + wire_format.varint(
                    random.choice((5, 2**31 - 1, 2**32, 2**64 - 1))
                )
        match field.type:
            case FieldDescriptor.TYPE_GROUP | FieldDescriptor.TYPE_MESSAGE:
                inner = self._inner(field, random, depth)
                group = (field.type == FieldDescriptor.TYPE_GROUP) != (random.random() < 0.02)
                return wire_format.group_field(number, inner) if group else wire_format.bytes_field(number, inner)
            case FieldDescriptor.TYPE_STRING | FieldDescriptor.TYPE_BYTES:
                texts = _URLS if field.name == "type_url" else _TEXTS[:3] if random.random() < 0.9 else _TEXTS
                return wire_format.bytes_field(number, random.choice(texts))
            case FieldDescriptor.TYPE_DOUBLE:
                return wire_format.double_field(number, random.choice(_RATIOS))
            case FieldDescriptor.TYPE_FLOAT:
                return wire_format.float_field(number, random.choice(_RATIOS))
            case FieldDescriptor.TYPE_FIXED32 | FieldDescriptor.TYPE_SFIXED32:
                return wire_format.fixed32_field(number, random.choice(_NUMBERS))
            case FieldDescriptor.TYPE_FIXED64 | FieldDescriptor.TYPE_SFIXED64:
                return wire_format.fixed64_field(number, random.choice(_NUMBERS))
            case _:
                return wire_format.varint_field(number, random.choice(_NUMBERS))

    def _inner(self, field: FieldDescriptor, random: Random, depth: int) -> bytes:
        assert field.message_type is not None
        return b"" if depth >= _DEPTH else b"".join(self._records(field.message_type, random, depth + 1))


def _deep(random: Random) -> bytes:
    """A message in a message in a message, or in an Any in an Any, with no end for most readers."""
    value = GOOD.value
    any = random.random() < 0.5
    for _ in range(random.choice((20, 90, 101, 130, 3000))):
        if any:
            value = wire_format.bytes_field(1, random.choice(_URLS[:1])) + wire_format.bytes_field(2, value)
        else:
            value = GOOD.value + wire_format.bytes_field(13, value)
    return GOOD.value + wire_format.bytes_field(14, value) if any else value


class Reader:
    """Takes an answer as a scenario does, and shows it as a report does. May be called in a running event loop only."""

    def __init__(self, descriptors: Path) -> None:
        self._descriptors = descriptors

    def __call__(self, data: bytes) -> None:
        """Raises nothing, whatever it is; for a message that is not even equal to itself AssertionError."""
        with payloads.using(payloads.load(self._descriptors)):
            self._read(data)

    def _read(self, data: bytes) -> None:
        channel = Channel("fuzz-1")
        lane = Lane(channel, 0, 1)
        call = lane.open("PULL").receive(types=[OLD])
        channel.received(frame(Response(id=_OPENED).SerializeToString()))
        channel.received(data)
        channel.ended()
        for message in _answered(call):
            for other in ((GOOD,), message):
                for wanted in _mismatch(message, other):
                    if other is message:
                        raise AssertionError(f"a message that differs from itself: {wanted}")
            expect.show_all([tuple(payloads.known(one) for one in message if isinstance(one, Typed))])
        told = journal.operations([lane], 0)
        if sum(len(one.answered) for one in told) > 2 * FIELD * len(told):
            raise AssertionError("operations that fill the event log")


def _answered(call: Call[Message]) -> Iterator[Message]:
    try:
        call.__await__().send(None)
    except StopIteration as done:
        yield done.value
    except (OperationFailed, AgentError) as error:
        fenced(clip(str(error)))


def _mismatch(got: Message, want: Message) -> Iterator[str]:
    try:
        expect.messages([got], [want])
    except Mismatch as mismatch:
        yield "\n".join(fenced(clip(str(mismatch))))
