"""Security: PLAIN and CURVE carry the same messages as NULL, and a server refuses clients with another mechanism.

Not over inproc, which has no handshake. PLAIN is tested with a ZAP handler: without one, a server's behaviour is up to
the library (libzmq refuses all clients).
"""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PUB, PULL, PUSH, REP, REQ, SUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.families.multipart import body
from zmq_interop.scenarios.kit import expect, intruders, zap
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext
from zmq_interop.scenarios.kit.intruders import UnauthorizedClient
from zmq_interop.scenarios.kit.mechanisms import CLIENT, SERVER, sides

MESSAGE = (b"one", b"", b"\x00two\xff")
END = (b"end",)
SIZES = (0, 1, 255, 256, 65_536)
MESSAGES: list[Message] = [MESSAGE, *((b"before", body(size), b"after") for size in SIZES), END]
EVENTS = ("monitor", "receive_event")

CURVE_SERVER, CURVE_CLIENT = SERVER["CURVE"], CLIENT["CURVE"]
SECRET_ALONE = {name: value for name, value in CURVE_SERVER.items() if name != "CURVE_PUBLICKEY"}


@scenario(
    roles={
        "server": needs(DEALER, mechanisms=("CURVE",)),
        "client": needs(DEALER, mechanisms=("CURVE",), options=tuple(CURVE_CLIENT)),
    },
    binder="server",
    transports=WIRED,
    axes=(
        Axis(
            name="keys",
            values={"key-pair": CURVE_SERVER, "secret-key-alone": SECRET_ALONE},
            default="key-pair",
            needs={
                "key-pair": {"server": Needs(options=tuple(CURVE_SERVER))},
                "secret-key-alone": {"server": Needs(options=tuple(SECRET_ALONE))},
            },
        ),
    ),
)
async def curve(cell: CellContext) -> None:
    """With CURVE, a client that knows the server's key exchanges messages with it as with NULL, whichever side binds.

    RFC 26/CURVEZMQ, "MESSAGE" commands carry each frame encrypted; zmq_curve(7), "CLIENT AND SERVER ROLES": "the role
    is independent of bind/connect direction", and a server needs to set only its secret key: "the application does not
    provide the socket with its long-term public key".
    """
    server = cell.server.open(DEALER, **cell.value("keys"))
    client = cell.client.open(DEALER, **CURVE_CLIENT)
    await cell.link(server, client)
    await _talk(cell, client, server)


@scenario(
    roles={
        "publisher": needs(PUB, mechanisms=("CURVE",)),
        "subscriber": needs(SUB, mechanisms=("CURVE",), options=("SUBSCRIBE",), operations=("set_option",)),
    },
    binder="publisher",
    transports=WIRED,
    axes=(
        Axis(
            name="server",
            values={"publisher-serves": "publisher", "subscriber-serves": "subscriber"},
            needs={
                "publisher-serves": sides("CURVE", "publisher", "subscriber"),
                "subscriber-serves": sides("CURVE", "subscriber", "publisher"),
            },
        ),
    ),
    primary=(),
)
async def curve_pub_sub(cell: CellContext) -> None:
    """With CURVE, subscriptions reach the publisher, and matching messages reach the subscriber.

    RFC 26/CURVEZMQ; RFC 29/PUBSUB, "The SUB Socket Type"; zmq_curve(7), "CLIENT AND SERVER ROLES".
    """
    serves = cell.value("server") == "publisher"
    pub = cell.publisher.open(PUB, **(CURVE_SERVER if serves else CURVE_CLIENT))
    sub = cell.subscriber.open(SUB, SUBSCRIBE=b"topic", **(CURVE_CLIENT if serves else CURVE_SERVER))
    sub.set("SUBSCRIBE", SYNC)
    await cell.link(pub, sub)
    await cell.join(pub, sub)
    wanted = [(b"topic", *MESSAGE), (b"topic", b"end")]
    for message in (wanted[0], (b"other", b"nothing subscribes to it"), wanted[1]):
        pub.send(message)
    got = await cell.published(sub, len(wanted))
    expect.none([message for message in got if message[:1] != (b"topic",)], "nothing subscribes to it")
    expect.messages(got, wanted)


@scenario(
    roles={
        "server": needs(DEALER, mechanisms=("CURVE",), options=tuple(CURVE_SERVER), operations=("close",)),
        "client": needs(DEALER, mechanisms=("CURVE",), options=tuple(CURVE_CLIENT)),
    },
    binder="server",
    transports=WIRED,
    primary=(),
)
async def curve_reconnect(cell: CellContext) -> None:
    """With CURVE, a client whose server is closed completes a new handshake with the server that replaces it.

    RFC 26/CURVEZMQ: short-term keys are valid for one connection only; zmq_setsockopt(3), "ZMQ_RECONNECT_IVL".
    """
    client = cell.client.open(DEALER, **CURVE_CLIENT)
    server = cell.server.open(DEALER, **CURVE_SERVER)
    where = await cell.link(server, client, cell.vacant(cell.cell.binder))
    await cell.transfer(client, server, [MESSAGE])
    await server.close()
    server = cell.server.open(DEALER, **CURVE_SERVER)
    if cell.cell.binder == "server":
        await cell.bind(server, where)
    else:
        cell.connect(server, where)
    await cell.join(client, server)  # messages in flight to the closed server may be lost
    for message in MESSAGES:
        client.send(message)
    expect.messages(await cell.published(server, len(MESSAGES)), MESSAGES)
    await cell.transfer(server, client, MESSAGES)


@scenario(
    roles={
        "server": needs(
            DEALER, REP, REQ, mechanisms=("PLAIN",), options=("PLAIN_SERVER",), lanes=2, own=True
        ),  # own: a context has one ZAP handler
        "client": needs(DEALER, mechanisms=("PLAIN",), options=tuple(CLIENT["PLAIN"])),
    },
    binder="server",
    transports=WIRED,
    primary=(),
)
async def plain(cell: CellContext) -> None:
    """With PLAIN, an authorized client exchanges messages with the server as with NULL, whichever side binds.

    RFC 24/ZMTP-PLAIN, "Implementation"; zmq_plain(7): "which peer binds, and which connects, is not relevant". The
    server may ask a ZAP handler (RFC 27), which accepts every client here.
    """
    async with zap.everybody_welcome(await zap.handle(cell, cell.lane("server", 1)), cell.server):
        server = cell.server.open(DEALER, **SERVER["PLAIN"])
        client = cell.client.open(DEALER, **CLIENT["PLAIN"])
        await cell.link(server, client)
        await _talk(cell, client, server)


async def _talk(cell: CellContext, client: Socket, server: Socket) -> None:
    """Sends messages of all sizes in both directions, after a first one that shows whether any arrives at all."""
    await cell.transfer(client, server, [MESSAGE])
    await cell.transfer(client, server, MESSAGES)
    await cell.transfer(server, client, MESSAGES)


@scenario(
    roles={"server": needs(PULL, mechanisms=()), "client": needs(PUSH, mechanisms=(), lanes=2)},
    binder="server",
    binders=("server",),
    transports=WIRED,
    axes=(intruders.axis(intruders.WITHOUT_HANDLER, friend=True),),
    primary=(),
    slow=True,
)
async def stranger_refused(cell: CellContext) -> None:
    """A server receives nothing from a client with another mechanism or the wrong server key, and serves other clients.

    RFC 37/ZMTP, "Authentication and Confidentiality": "if the mechanism that the peer received does not exactly match
    the mechanism it sent, it MUST close the connection"; RFC 26/CURVEZMQ: a HELLO that the server cannot open with its
    secret key is refused.
    """
    stranger: UnauthorizedClient = cell.value("stranger")
    server = cell.server.open(PULL, **SERVER[stranger.mechanism])
    where = await cell.bind(server)
    attempt = intruders.attempt(cell, where, stranger)
    friend = cell.client.open(PUSH, **CLIENT[stranger.mechanism])
    cell.connect(friend, where)
    friend.send(MESSAGE)
    await intruders.alone(cell, server, MESSAGE)
    await intruders.settle(attempt)


@scenario(
    roles={"server": needs(PULL, mechanisms=()), "client": needs(PUSH, mechanisms=())},
    binder="server",
    transports=WIRED,
    axes=(
        intruders.axis({**intruders.MISMATCHES, "wrong-server-key": intruders.WRONG_SERVER_KEY}),
        Axis(
            name="watched",
            values={"server-watched": "server", "client-watched": "client"},
            needs={f"{role}-watched": {role: Needs(operations=EVENTS)} for role in ("server", "client")},
        ),
    ),
    primary=(),
)
async def refusal_seen(cell: CellContext) -> None:
    """On either side, the monitor reports that a handshake failed, and none that succeeded.

    zmq_socket_monitor(3), "ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL": on the server, if the client has the wrong key for it.
    If the mechanisms differ, either side may notice first and close the connection: the other side's monitor reports
    that event, or "ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL".
    """
    stranger: UnauthorizedClient = cell.value("stranger")
    server = cell.server.open(PULL, **SERVER[stranger.mechanism])
    client = cell.client.open(PUSH, **stranger.shows)
    watched = server if cell.value("watched") == "server" else client
    watched.monitor()
    await cell.link(server, client)
    failed = await intruders.failure(cell, watched)
    if watched is server and stranger is intruders.WRONG_SERVER_KEY:
        expect.that(
            failed.name == "HANDSHAKE_FAILED_PROTOCOL", Kind.UNEXPECTED, "HANDSHAKE_FAILED_PROTOCOL", failed.name
        )
