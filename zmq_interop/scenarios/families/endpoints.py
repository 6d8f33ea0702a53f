"""What endpoints of tcp can say: a name, a source address; and how often a socket tries to connect."""

from __future__ import annotations

from zmq_interop.core.features import IPV6_LOOPBACK
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext

MESSAGES: list[Message] = [(b"one", b"", b"\x00two\xff"), (b"end",)]
ATTEMPTS = 3
PAUSE_MS = 400  # the default of 100 grows to 200 by chance, so a socket that ignores this is faster


@scenario(roles={"peer": needs(PUSH, PULL)}, binder="peer", transports=("tcp",))
async def host_name(cell: CellContext) -> None:
    """A socket connects to a name, which the system resolves.

    zmq_tcp(7), "Connecting a socket": the peer address is a DNS name or an IPv4 or IPv6 address. The name is
    localhost, which RFC 6761, section 6.3, reserves for the loopback.
    """
    pull = cell.peer.open(PULL)
    bound = await pull.bind("tcp://127.0.0.1:*")
    push = cell.peer.open(PUSH)
    push.connect(f"tcp://localhost:{bound.rpartition(':')[2]}")
    await cell.transfer(push, pull, MESSAGES)


@scenario(
    roles={"server": needs(PULL, options=("IPV6",)), "client": needs(PUSH, options=("IPV6",))},
    binder="server",
    binders=("server",),
    transports=("tcp",),
    place=(IPV6_LOOPBACK,),
)
async def dual_stack(cell: CellContext) -> None:
    """A socket with ZMQ_IPV6 that is bound to all interfaces accepts connections over IPv4 and over IPv6.

    zmq_setsockopt(3), "ZMQ_IPV6": with 1, "the socket will connect to, or accept connections from, both IPv4 and IPv6
    hosts"; zmq_tcp(7), "Assigning a local address to a socket": * means all available interfaces.
    """
    pull = cell.server.open(PULL, IPV6=1)
    port = (await pull.bind("tcp://*:*")).rpartition(":")[2]
    for host in ("127.0.0.1", "[::1]"):
        push = cell.client.open(PUSH, IPV6=1)
        push.connect(f"tcp://{host}:{port}")
        await cell.transfer(push, pull, [(host.encode(), *message) for message in MESSAGES])


@scenario(roles={"peer": needs(DEALER)}, binder="peer", transports=("tcp",), by_hand=True)
async def source_address(cell: CellContext) -> None:
    """An endpoint `tcp://SOURCE;DESTINATION` is connected to from that address and port.

    zmq_tcp(7), "Connecting a socket": an optional source endpoint, followed by a semicolon.
    """
    source = cell.vacant("peer").bound.removeprefix("tcp://")
    peer = cell.peer.open(DEALER)
    async with zmtp.plugged(cell, peer, connects=True) as plug:
        wire = await plug.wire(lambda endpoint: f"tcp://{source};{endpoint.removeprefix('tcp://')}")
        host, port = wire.peer
        expect.that(f"{host}:{port}" == source, Kind.ALTERED, f"a connection from {source}", f"{host}:{port}")
        await wire.handshake(DEALER)
        await wire.message(MESSAGES[0])
        expect.messages(await cell.receive(peer, 1), MESSAGES[:1])


@scenario(
    roles={"peer": needs(DEALER, options=("RECONNECT_IVL",))},
    binder="peer",
    transports=("tcp", "ipc"),
    slow=True,
    by_hand=True,
)
async def reconnect_pace(cell: CellContext) -> None:
    """A socket whose connections end at once pauses before each new one, at least as long as RECONNECT_IVL says.

    zmq_setsockopt(3), "ZMQ_RECONNECT_IVL": "the period ZeroMQ shall wait between attempts to reconnect disconnected
    peers". A busy machine makes a pause longer, and never shorter.
    """
    peer = cell.peer.open(DEALER, RECONNECT_IVL=PAUSE_MS)
    async with zmtp.plugged(cell, peer, connects=True) as plug:
        pauses = [pause * 1000 for pause in await plug.turned_away(ATTEMPTS)]
        told = ", ".join(f"{pause:.1f} ms" for pause in pauses)
        # 5 % for the clocks: each pause begins after the close that this process saw, and so is never shorter.
        expect.that(min(pauses) >= PAUSE_MS * 0.95, Kind.UNEXPECTED, f"pauses of {PAUSE_MS} ms or more", told)
        wire = await plug.again()
        await wire.handshake(DEALER)
        await wire.message(MESSAGES[0])
        expect.messages(await cell.receive(peer, 1), MESSAGES[:1])
