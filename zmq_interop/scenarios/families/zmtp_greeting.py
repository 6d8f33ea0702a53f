"""Greetings by hand: versions of ZMTP, mechanisms, and bytes that are no greeting, each byte written by the harness.

The other end of each connection is the harness itself, over tcp and ipc. A case that a peer may close is followed by
another connection, which must be served.
"""

from __future__ import annotations

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zmtp, zmtp_cases
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.zmtp import Wire
from zmq_interop.scenarios.kit.zmtp_cases import MESSAGE, Case, Rule
from zmq_interop.scenarios.kit.zmtp_old import Zmtp1, Zmtp2
from zmq_interop.system.errors import Mismatch
from zmq_interop.wire import encode

MESSAGES = [(b"one", b"", b"\x00two\xff"), (b"x" * 255, b"y" * 256, b"z" * 70_000), (b"end",)]
SIDES: dict[str, object] = {"accepts": False, "connects": True}
VERSIONS: dict[str, object] = {"zmtp-3.0": (3, 0), "zmtp-3.1": (3, 1), "zmtp-9.9": (9, 9)}
OLD: dict[str, object] = {"zmtp-1.0": Zmtp1, "zmtp-2.0": Zmtp2}


@scenario(
    roles={"peer": needs(DEALER)},
    binder="peer",
    transports=WIRED,
    axes=(
        Axis(name="version", values=VERSIONS),
        Axis(name="side", values=SIDES, default="accepts"),
    ),
    primary=(),
    by_hand=True,
)
async def greeting_version(cell: CellContext) -> None:
    """A socket exchanges messages with peers of ZMTP 3.0, 3.1 and a later version, whichever side connects.

    RFC 37/ZMTP, "Version Negotiation": a peer "MUST accept higher protocol versions as valid" and uses its own protocol
    with them. ZMTP 3.0 (RFC 23) has the same greeting, handshake and framing of messages.
    """
    peer = cell.peer.open(DEALER)
    async with zmtp.plugged(cell, peer, connects=cell.value("side")) as plug:
        wire = await plug.wire()
        await wire.handshake(DEALER, encode.greeting(cell.value("version")))
        for message in MESSAGES:
            await wire.message(message)
        expect.messages(await cell.receive(peer, len(MESSAGES)), MESSAGES)
        for message in MESSAGES:
            peer.send(message)
        for message in MESSAGES:
            await wire.receives(message)


@scenario(
    roles={"peer": needs(DEALER)},
    binder="peer",
    transports=WIRED,
    axes=(
        Axis(name="version", values=OLD),
        Axis(name="side", values=SIDES, default="accepts"),
    ),
    primary=(),
    by_hand=True,
)
async def greeting_old(cell: CellContext) -> None:
    """With a peer of ZMTP 1.0 or 2.0, a socket exchanges messages in that protocol, or it closes the connection.

    RFC 37/ZMTP, "Version Negotiation": a peer "MAY downgrade its protocol to talk to a lower protocol peer", and "if a
    peer cannot downgrade its protocol to match its peer, it MUST close the connection"; "Backwards Interoperability";
    RFC 13 and RFC 15. libzmq speaks both. Whatever it does, its application sees nothing but whole messages, and the
    next peer, of ZMTP 3.1, is served.
    """
    peer = cell.peer.open(DEALER)
    served = False
    async with zmtp.plugged(cell, peer, connects=cell.value("side")) as plug:
        wire = await plug.wire()
        old: Zmtp1 | Zmtp2 = cell.value("version")(wire)
        try:
            await old.greet(DEALER)
            served = True
        except Mismatch as mismatch:
            await old.send(MESSAGES[1])  # a peer of this version sends at once; and it tells by more bytes what it is
            await wire.closed(f"it does not speak this version ({mismatch.got})")
        if served:
            for message in MESSAGES:
                await old.send(message)
            expect.messages(await cell.receive(peer, len(MESSAGES)), MESSAGES)
            for message in MESSAGES:
                peer.send(message)
            for message in MESSAGES:
                expect.messages([await old.receive()], [message])
        newer = await plug.wire()
        await newer.handshake(DEALER)
        await newer.message(MESSAGES[0])
        expect.messages(await cell.receive(peer, 1), MESSAGES[:1])


DIFFERS = "its mechanism is not the one that the socket announces"
CLOSED, SERVED, EITHER = Rule.CLOSED, Rule.SERVED, Rule.EITHER
MECHANISMS = {
    "unknown": Case(encode.greeting(mechanism=b"XYZZY"), CLOSED, DIFFERS),
    "lower-case": Case(encode.greeting(mechanism=b"null"), CLOSED, DIFFERS),
    "longer": Case(encode.greeting(mechanism=b"NULL2"), CLOSED, DIFFERS),
    "full-length": Case(encode.greeting(mechanism=b"NULL----------------"), CLOSED, DIFFERS),
    "empty": Case(encode.greeting(mechanism=b""), CLOSED, DIFFERS),
    "plain": Case(encode.greeting(mechanism=b"PLAIN"), CLOSED, DIFFERS),
    "curve": Case(encode.greeting(mechanism=b"CURVE"), CLOSED, DIFFERS),
    # The padding is part of the field, and of nothing that the specification compares.
    "not-padded-with-zeros": Case(encode.greeting(mechanism=b"NULL\0MORE"), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("mechanism", MECHANISMS),),
    primary=(),
    by_hand=True,
)
async def greeting_mechanism(cell: CellContext) -> None:
    """A socket closes a connection whose greeting has another mechanism, takes no message from it, and serves the next.

    RFC 37/ZMTP, "Authentication and Confidentiality": "if the mechanism that the peer received does not exactly match
    the mechanism it sent, it MUST close the connection".
    """
    await _greeted(cell)


IGNORED = {
    "padding": Case(encode.greeting(padding=b"\x00interop"), SERVED, "the padding MUST NOT be validated"),
    "minor-version": Case(encode.greeting((3, 7)), SERVED, "higher versions MUST be accepted"),
    "major-version": Case(encode.greeting((4, 0)), SERVED, "higher versions MUST be accepted"),
    "highest-version": Case(encode.greeting((255, 255)), SERVED, "higher versions MUST be accepted"),
    # With NULL, as-server has no significance ("Topology") and MUST be zero ("The NULL Security Mechanism").
    "as-server": Case(encode.greeting(as_server=1), EITHER),
    "as-server-2": Case(encode.greeting(as_server=2), EITHER),
    "filler": Case(encode.greeting(filler=b"\xff" * 31), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("field", IGNORED),),
    primary=(),
    by_hand=True,
)
async def greeting_field(cell: CellContext) -> None:
    """Fields of a greeting that have no significance change nothing, and a version that does not exist yet is served.

    RFC 37/ZMTP, "Version Negotiation": a peer "MUST NOT validate" the padding; "Topology": without roles in the
    mechanism, as-server "SHALL have no significance". "The NULL Security Mechanism" asks that it be zero, and the
    grammar that the filler is; libzmq takes any. For these two the connection may also be closed.
    """
    await _greeted(cell)


async def _greeted(cell: CellContext) -> None:
    """Plays a case of a greeting."""
    case: Case = next(cell.value(axis.name) for axis in cell.cell.scenario.axes)
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.write(case.sent + encode.frame(encode.ready(PUSH)))
        await zmtp_cases.judge(cell, plug, wire, peer, case)


# Each is shorter than the first two frames of ZMTP 1.0 that a socket which speaks that would take it for.
GARBAGE: dict[str, object] = {
    "http": b"GET / HTTP/1.1\r\nHost: interop\r\n\r\n",
    "tls": bytes.fromhex("1603010200010001fc0303"),
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "one-byte": b"\x01",
    "wrong-signature": encode.greeting()[:9] + b"\x7e" + encode.greeting()[10:],
    "version-0": encode.SIGNATURE_BYTES + bytes(54),
    "no-mechanism": encode.greeting()[:12] + b"\xff" * 52,
    "cut": encode.greeting()[:40],
    "greeting-twice": encode.greeting() * 2,
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="bytes", values=GARBAGE),),
    primary=(),
    by_hand=True,
)
async def greeting_garbage(cell: CellContext) -> None:
    """Bytes that are no greeting reach no application, harm no socket, and the next connection is served.

    RFC 37/ZMTP, "Formal Grammar" and "Security Considerations". The bytes end before a message of ZMTP 1.0, which has
    no signature (RFC 13), could be complete.
    """
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.write(cell.value("bytes"))
        wire.finish()
        await zmtp_cases.others_are_served(cell, plug, peer)


PLACES: dict[str, object] = {
    "nothing": 0,
    "one-byte": 1,
    "signature": 10,
    "version": 12,
    "greeting": 64,
    "half-of-ready": 64 + 12,
}
WHOLE = encode.greeting() + encode.frame(encode.ready(PUSH))
STALLED = 8  # connections at once


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="stalled", values=PLACES),),
    primary=(),
    by_hand=True,
)
async def slow_handshakes(cell: CellContext) -> None:
    """While handshakes stall, another connection is served; and one that goes on within the time limit is served too.

    RFC 37/ZMTP, "Security Considerations": attackers "may try to cause memory exhaustion in a peer by holding open
    connections"; RFC 30/PIPELINE, "The PULL Socket Type": PULL takes messages from all its peers;
    zmq_setsockopt(3), "ZMQ_HANDSHAKE_IVL": 30 seconds by default.
    """
    peer = cell.peer.open(PULL)
    written: int = cell.value("stalled")
    async with zmtp.plugged(cell, peer) as plug:
        stalled: list[Wire] = []
        for _ in range(STALLED):
            stalled.append(await plug.wire())
            await stalled[-1].write(WHOLE[:written])
        await zmtp_cases.others_are_served(cell, plug, peer)
        late = stalled[-1]
        await late.write(WHOLE[written:])
        if not await late.settles():
            raise Mismatch(Kind.DISCONNECTED, "a handshake that goes on to be completed", "the end of the connection")
        await late.message(MESSAGE)
        await zmtp_cases.arrives(cell, late, peer, "its handshake goes on")


@scenario(
    roles={"peer": needs(PULL, options=("HANDSHAKE_IVL",))},
    binder="peer",
    transports=WIRED,
    axes=(
        Axis(name="stalled", values=PLACES, default="nothing"),
        Axis(name="side", values=SIDES, default="accepts"),
    ),
    primary=(),
    by_hand=True,
)
async def handshake_timeout(cell: CellContext) -> None:
    """A socket closes a connection whose handshake does not complete within HANDSHAKE_IVL.

    zmq_setsockopt(3), "ZMQ_HANDSHAKE_IVL": "if handshaking does not complete within the configured time, the connection
    shall be closed".
    """
    peer: Socket = cell.peer.open(PULL, HANDSHAKE_IVL=300)
    async with zmtp.plugged(cell, peer, connects=cell.value("side")) as plug:
        wire = await plug.wire()
        await wire.write(WHOLE[: cell.value("stalled")])
        await wire.closed("the handshake does not go on")
