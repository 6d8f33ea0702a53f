"""STREAM sockets, which speak plain TCP: the other end of each connection is the harness, with bytes of its own."""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Frame
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import STREAM
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext

DATA = bytes(number * 7 % 251 for number in range(100_000))  # 251 is prime: no part of it looks like the next
NOTIFY: dict[str, object] = {"notified": 1, "not-notified": 0}


@scenario(
    roles={"peer": needs(STREAM, options=("STREAM_NOTIFY",))},
    binder="peer",
    transports=("tcp",),
    axes=(Axis(name="notify", values=NOTIFY),),
    by_hand=True,
)
async def stream_received(cell: CellContext) -> None:
    """A STREAM receives all bytes of a connection in order, each part behind the same id, and is told of its ends.

    zmq_socket(3), "ZMQ_STREAM": each message has an identity and a part of the data. zmq_setsockopt(3),
    "ZMQ_STREAM_NOTIFY": with 1, a message without data says that a connection has come, and another that it has gone;
    with 0 there are none.
    """
    notified: int = cell.value("notify")
    stream = cell.peer.open(STREAM, STREAM_NOTIFY=notified)
    async with zmtp.plugged(cell, stream) as plug:
        ids = set()
        for data in (DATA, b"short"):
            wire = await plug.wire()
            id = b""
            if notified:
                id, come = await _part(cell, stream)
                expect.that(come == b"", Kind.UNEXPECTED, "a message without data first", expect.show(come))
            await wire.write(data)
            got = b""
            while len(got) < len(data):
                sender, part = await _part(cell, stream)
                expect.that(part != b"", Kind.UNEXPECTED, "a part with data", "a message without")
                expect.that(sender == (id or sender), Kind.MISROUTED, "the id of this connection", repr(sender))
                id = sender
                got += part
            expect.messages([(got,)], [(data,)])
            wire.finish()
            if notified:
                sender, gone = await _part(cell, stream)
                expect.that((sender, gone) == (id, b""), Kind.ALTERED, "its id and no data", repr((sender, gone)))
            ids.add(id)
    expect.that(len(ids) == 2, Kind.MISROUTED, "another id for each connection", f"{ids}")


@scenario(
    roles={"peer": needs(STREAM, options=("STREAM_NOTIFY",))},
    binder="peer",
    transports=("tcp",),
    primary=(),
    by_hand=True,
)
async def stream_sent(cell: CellContext) -> None:
    """What a STREAM sends to an id arrives there in order and nowhere else; an empty message closes the connection.

    zmq_socket(3), "ZMQ_STREAM": the first frame is the identity of the peer to send to; "to close a specific
    connection, send the identity frame followed by a zero-length message".
    """
    stream = cell.peer.open(STREAM, STREAM_NOTIFY=1)
    async with zmtp.plugged(cell, stream) as plug:
        first = await plug.wire()
        one, _ = await _part(cell, stream)
        second = await plug.wire()
        other, _ = await _part(cell, stream)
        stream.send((one, DATA))
        stream.send((other, b"to the second"))
        stream.send((one, b"end"))
        expect.messages([(await first.takes(len(DATA) + 3, "what was sent"),)], [(DATA + b"end",)])
        stream.send((other, b""))
        expect.messages([(await second.takes(13, "what was sent"),)], [(b"to the second",)])
        # A socket carries out what its peers' threads ask of it only inside a call on its own thread.
        listening = stream.receive()
        await second.closed("an empty message was sent to it")
        await first.write(b"bye")
        expect.messages(await cell.collect([listening]), [(one, b"bye")])
        stream.send((one, b"still there"))
        expect.messages([(await first.takes(11, "what was sent"),)], [(b"still there",)])


async def _part(cell: CellContext, stream: Socket) -> tuple[bytes, bytes]:
    got = await cell.receive(stream, 1)
    if not got:
        raise expect.lost("the next part", "nothing")
    frames: list[Frame] = list(got[0])
    expect.that(len(frames) == 2, Kind.ALTERED, "an id and a part of the data", expect.show_all(got))
    id, part = frames
    assert isinstance(id, bytes)
    assert isinstance(part, bytes)
    return id, part
