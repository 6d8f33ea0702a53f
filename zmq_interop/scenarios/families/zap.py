"""ZAP: a handler in the server's context decides which clients to accept. The scenario plays the handler (RFC 27).

Each server has its own instance, since a context has only one handler.
"""

from __future__ import annotations

import ipaddress

from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, Needs, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH, REP, REQ
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import credentials, expect, intruders, zap
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.intruders import UnauthorizedClient
from zmq_interop.scenarios.kit.mechanisms import CLIENT, SERVER, sides

MESSAGE = (b"one", b"", b"\x00two\xff")
END = (b"end",)
ID = b"client \xff"
HANDSHAKE = 2500  # ms; the scenario takes part in the handshake, and on a busy machine a client that is late retries
MECHANISM = Axis(name="mechanism", values={name: name for name in SERVER}, needs={name: sides(name) for name in SERVER})


@scenario(
    roles={
        "server": needs(PULL, REP, mechanisms=(), options=("ZAP_DOMAIN",), lanes=2, own=True),
        "client": needs(PUSH, mechanisms=(), lanes=2),
    },
    binder="server",
    binders=("server",),
    transports=WIRED,
    axes=(intruders.axis(intruders.WITH_HANDLER, friend=True),),
    primary=(),
    slow=True,
)
async def zap_refused(cell: CellContext) -> None:
    """A server receives nothing from a client that the ZAP handler refuses, and serves those that it accepts.

    RFC 27/ZAP, "Message Format": status "200" is success, "400" authentication failure, "500" an internal error. A
    PLAIN server refuses a client with another mechanism without asking the handler (RFC 37/ZMTP).
    """
    stranger: UnauthorizedClient = cell.value("stranger")
    handler = await zap.handle(cell, cell.lane("server", 1))
    server = cell.server.open(PULL, ZAP_DOMAIN=zap.DOMAIN, **SERVER[stranger.mechanism])
    where = await cell.bind(server)
    attempt = intruders.attempt(cell, where, stranger)
    shown: Message = ()
    if stranger.status:
        request = await handler.asked()
        shown = zap.credentials(request)
        await handler.answer(request, stranger.status)
    friend = cell.client.open(PUSH, **CLIENT[stranger.mechanism])
    cell.connect(friend, where)
    friend.send(MESSAGE)
    request = await handler.asked()
    while shown and zap.credentials(request) == shown:  # the refused client may retry
        await handler.answer(request, stranger.status)
        request = await handler.asked()
    await handler.answer(request, b"200")
    await intruders.alone(cell, server, MESSAGE)
    await intruders.settle(attempt)


@scenario(
    roles={
        "server": needs(DEALER, REP, mechanisms=(), options=("ZAP_DOMAIN",), lanes=2, own=True),
        "client": needs(DEALER, mechanisms=(), options=("ROUTING_ID",)),
    },
    binder="server",
    transports=("tcp",),  # a client over ipc has no address
    axes=(MECHANISM,),
    primary=(),
)
async def zap_request(cell: CellContext) -> None:
    """The ZAP handler receives a request that describes the client, and the server accepts the client on "200".

    RFC 27/ZAP, "Message Format": version "1.0", a request id, the domain, the client's address, its identity if it sent
    one, the mechanism, the credentials; "The NULL Mechanism", "The PLAIN Mechanism", "The CURVE Mechanism": none, a
    username and a password, a public key. zmq_setsockopt(3), "ZMQ_ZAP_DOMAIN".
    """
    mechanism: str = cell.value("mechanism")
    handler = await zap.handle(cell, cell.lane("server", 1))
    server = cell.server.open(DEALER, ZAP_DOMAIN=zap.DOMAIN, **SERVER[mechanism])
    client = cell.client.open(DEALER, ROUTING_ID=ID, **CLIENT[mechanism])
    await cell.link(server, client)
    first = server.receive()
    client.send(MESSAGE)
    request = await handler.asked()
    shown: Message = {
        "NULL": (),
        "PLAIN": (credentials.USERNAME, credentials.PASSWORD),
        "CURVE": (credentials.CLIENT_PUBLIC,),
    }[mechanism]
    await handler.answer(request, b"200")
    expect.messages(await cell.collect([first]), [MESSAGE])
    version, _, domain, address, identity, *rest = (*request, *[b""] * 5)[: max(len(request), 5)]
    expect.messages([(version, domain, *rest)], [(b"1.0", zap.DOMAIN, mechanism.encode(), *shown)])
    expect.that(identity in (b"", ID), Kind.ALTERED, "the client's identity or none", expect.show(identity))
    expect.that(_is_address(address), Kind.ALTERED, "the client's IP address", expect.show(address))
    await cell.transfer(server, client, [END])


def _is_address(frame: object) -> bool:
    try:
        ipaddress.ip_address(frame.decode() if isinstance(frame, bytes) else "")
    except ValueError:
        return False
    return True


@scenario(
    roles={
        "server": needs(DEALER, REP, REQ, mechanisms=(), options=("ZAP_DOMAIN", "HANDSHAKE_IVL"), lanes=3, own=True),
        "client": needs(DEALER, mechanisms=()),
    },
    binder="server",
    binders=("server",),  # only a client that connects can retry
    transports=WIRED,
    axes=(MECHANISM,),
    primary=(),
    slow=True,
)
async def zap_temporary(cell: CellContext) -> None:
    """A client that the ZAP handler answers with 300 retries, and the server then accepts it.

    RFC 27/ZAP, "Message Format": "300" is a temporary error; RFC 37/ZMTP, "Error Handling": such a connection is
    closed without an ERROR, and the peer "SHALL treat an unexpected connection close as a temporary error, and SHOULD
    reconnect". A server that leaves the handshake open must end it after ZMQ_HANDSHAKE_IVL, zmq_setsockopt(3).
    """
    mechanism: str = cell.value("mechanism")
    handler = await zap.handle(cell, cell.lane("server", 1))
    server = cell.server.open(DEALER, ZAP_DOMAIN=zap.DOMAIN, HANDSHAKE_IVL=HANDSHAKE, **SERVER[mechanism])
    client = cell.client.open(DEALER, **CLIENT[mechanism])
    await cell.link(server, client)
    first = server.receive()
    client.send(MESSAGE)
    for status in (b"300", b"200"):
        await handler.answer(await handler.asked(), status)
    async with zap.everybody_welcome(handler, cell.lane("server", 2)):
        expect.messages(await cell.collect([first]), [MESSAGE])
    await cell.transfer(server, client, [END])


@scenario(
    roles={
        "server": needs(PULL, REP, mechanisms=(), options=("ZAP_DOMAIN",), lanes=2, own=True),
        "client": needs(PUSH, mechanisms=()),
    },
    binder="server",
    transports=WIRED,
    axes=(
        intruders.axis(intruders.REFUSED_BY_HANDLER),
        Axis(
            name="watched",
            values={"server-watched": "server", "client-watched": "client"},
            needs={
                f"{role}-watched": {role: Needs(operations=("monitor", "receive_event"))}
                for role in ("server", "client")
            },
        ),
    ),
    primary=(),
)
async def zap_refusal_seen(cell: CellContext) -> None:
    """On either side, the monitor reports that a client was refused; the server's monitor also reports the status.

    zmq_socket_monitor(3), "ZMQ_EVENT_HANDSHAKE_FAILED_AUTH": "the event value is the status code returned by the ZAP
    handler (i.e. 300, 400 or 500)". The details that a client sees are up to the library: the text of an ERROR command
    "has no defined semantic value" (RFC 37/ZMTP, "The NULL Security Mechanism").
    """
    stranger: UnauthorizedClient = cell.value("stranger")
    handler = await zap.handle(cell, cell.lane("server", 1))
    server = cell.server.open(PULL, ZAP_DOMAIN=zap.DOMAIN, **SERVER[stranger.mechanism])
    client = cell.client.open(PUSH, **stranger.shows)
    watched = server if cell.value("watched") == "server" else client
    watched.monitor()
    await cell.link(server, client)
    await handler.answer(await handler.asked(), stranger.status)
    failed = await intruders.failure(cell, watched)
    if watched is server:
        told = (failed.name, failed.value)
        wanted = ("HANDSHAKE_FAILED_AUTH", int(stranger.status))
        expect.that(told == wanted, Kind.UNEXPECTED, f"{wanted}", f"{told}")
