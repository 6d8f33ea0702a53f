"""NULL handshakes by hand: READY and its properties, ERROR, and what comes in their place, written by the harness.

The other end of each connection is the harness itself, over tcp and ipc. Each case is followed by another connection,
which must be served.
"""

from __future__ import annotations

from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, XPUB, XSUB
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zmtp, zmtp_cases
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.zmtp_cases import MESSAGE, Case, Rule
from zmq_interop.wire import commands, encode
from zmq_interop.wire.encode import Frame, command, frame, property, ready
from zmq_interop.wire.items import COMMAND

SERVED, CLOSED, EITHER = Rule.SERVED, Rule.CLOSED, Rule.EITHER
TYPE = property(b"Socket-Type", PUSH.encode())


def _ready(properties: bytes) -> bytes:
    return frame(command("READY", properties))


CASE = "the case of names SHALL NOT be significant"
GRAMMAR = "the grammar of properties allows it"
PROPERTIES = {
    "lower-case": Case(_ready(property(b"socket-type", PUSH.encode())), SERVED, CASE),
    "upper-case": Case(_ready(property(b"SOCKET-TYPE", PUSH.encode())), SERVED, CASE),
    "mixed-case": Case(_ready(property(b"sOCKET-tYPE", PUSH.encode())), SERVED, CASE),
    "identity-first": Case(_ready(property(b"Identity", b"") + TYPE), SERVED, GRAMMAR),
    "identity-of-255": Case(_ready(TYPE + property(b"Identity", b"i" * 255)), SERVED, GRAMMAR),
    "resource": Case(
        _ready(TYPE + property(b"Resource", b"system/name-service")), SERVED, "all resources are accepted"
    ),
    "application": Case(_ready(TYPE + property(b"X-Interop", b"\0\xff")), SERVED, "X- is for applications"),
    "name-of-255": Case(_ready(TYPE + property(b"X-" + b"n" * 253, b"value")), SERVED, GRAMMAR),
    "name-of-1": Case(_ready(TYPE + property(b"n", b"value")), SERVED, GRAMMAR),
    "empty-value": Case(_ready(TYPE + property(b"X-Empty", b"")), SERVED, "zero-sized values are allowed"),
    "value-of-64-KiB": Case(_ready(TYPE + property(b"X-Long", b"v" * 65_536)), SERVED, GRAMMAR),
    "many": Case(_ready(TYPE + b"".join(property(b"X-%d" % n, b"v") for n in range(300))), SERVED, GRAMMAR),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("properties", PROPERTIES),),
    primary=(),
    by_hand=True,
)
async def ready_properties(cell: CellContext) -> None:
    """A socket takes a READY whose properties the specification allows, and ignores those that it does not know.

    RFC 37/ZMTP, "The NULL Security Mechanism": names have 1 to 255 characters, whose case is not significant, and
    values 0 to 2^31-1 octets; "Connection Metadata": names with "X-" are for applications; "The Identity Property" and
    "The Resource Property".
    """
    await _played(cell)


INVALID = "its socket type is no peer of PULL"
DOUBTFUL = {
    # The sender SHOULD say its type, and libzmq takes a READY without.
    "without-socket-type": Case(_ready(b""), EITHER),
    "only-others": Case(_ready(property(b"X-Interop", b"1")), EITHER),
    "doubled": Case(_ready(TYPE + TYPE), EITHER),
    "doubled-and-different": Case(_ready(TYPE + property(b"Socket-Type", b"PUB")), EITHER),
    # A command of up to 255 octets SHOULD use a short size.
    "long-form": Case(frame(ready(PUSH), long=True), EITHER),
    "identity-of-256": Case(_ready(TYPE + property(b"Identity", b"i" * 256)), EITHER),
    "identity-with-zero": Case(_ready(TYPE + property(b"Identity", b"\0id")), EITHER),
    # The case of values is significant; who is generous here is not wrong.
    "type-in-lower-case": Case(_ready(property(b"Socket-Type", b"push")), EITHER),
    # Names have letters, digits and -_.+; who does not check is not wrong.
    "name-with-zero": Case(_ready(TYPE + property(b"X-\0", b"")), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("properties", DOUBTFUL),),
    primary=(),
    by_hand=True,
)
async def ready_in_doubt(cell: CellContext) -> None:
    """A READY that breaks a SHOULD, or a rule that nobody has to check, is taken or refused, and harms nobody.

    RFC 37/ZMTP, "The NULL Security Mechanism": a peer "SHOULD parse, and MAY validate the READY command"; "Connection
    Metadata": the sender SHOULD specify the Socket-Type, which libzmq does not ask for; "Authentication and
    Confidentiality": short commands SHOULD have a short size.
    """
    await _played(cell)


TYPES = {
    name.lower() or "empty": Case(_ready(property(b"Socket-Type", name.encode())), CLOSED, INVALID)
    for name in ("PULL", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PAIR", "XPUB", "XSUB", "STREAM", "PUSH2", "")
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("type", TYPES),),
    primary=(),
    by_hand=True,
)
async def ready_socket_type(cell: CellContext) -> None:
    """A PULL closes a connection from any socket but PUSH, and takes no message from it.

    RFC 37/ZMTP, "The Socket-Type Property": "the peer SHOULD enforce that the other peer is using a valid socket type",
    and refuse it with an ERROR, or by closing the connection, as libzmq does.
    """
    await _played(cell)


MALFORMED: dict[str, object] = {
    "name-of-0": _ready(TYPE + property(b"", b"value")),
    "name-cut": _ready(TYPE + b"\x20short"),
    "size-cut": _ready(TYPE + b"\x01X\0\0"),
    "value-cut": _ready(TYPE + property(b"X-Cut", b"value", size=6)),
    "value-of-2-31": _ready(TYPE + property(b"X-Huge", b"", size=1 << 31)),
    "value-of-2-32": _ready(TYPE + property(b"X-Huge", b"", size=(1 << 32) - 1)),
    "trailing-byte": _ready(TYPE + b"\x05"),
    "name-beyond-command": frame(Frame(COMMAND, b"\xffREADY")),
    "command-of-0": frame(Frame(COMMAND, b"")),
    "name-of-command-0": frame(Frame(COMMAND, b"\0")),
    "half-of-name": frame(Frame(COMMAND, b"\x05REA")),
    "lower-case-ready": frame(command("ready", TYPE)),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="bytes", values=MALFORMED),),
    primary=(),
    by_hand=True,
)
async def ready_malformed(cell: CellContext) -> None:
    """A READY that does not follow the grammar harms neither the socket nor another connection.

    RFC 37/ZMTP, "The NULL Security Mechanism": the grammar of READY and its properties. A peer MAY close the connection
    "if validation failed", as libzmq does; nobody has to validate.
    """
    await _played(cell, Case(cell.value("bytes"), EITHER))


FATAL = "an ERROR is fatal"
ORDER = "a handshake is made of the commands of its mechanism"
INSTEAD = {
    "message": Case(
        b"".join(map(frame, encode.message(b"of no connection", b"end"))),
        CLOSED,
        "a message may only follow the handshake",
    ),
    "empty-message": Case(encode.written(b""), CLOSED, "a message may only follow the handshake"),
    "unknown-command": Case(frame(command("INTEROP", b"data")), CLOSED, ORDER),
    "hello": Case(frame(command("HELLO", b"\x05admin\x06secret")), CLOSED, ORDER),
    "ping": Case(frame(encode.ping(0, b"early")), CLOSED, ORDER),
    "error": Case(frame(encode.error(b"go away")), CLOSED, FATAL),
    "error-without-reason": Case(frame(encode.error(b"")), CLOSED, FATAL),
    "error-of-255": Case(frame(encode.error(b"r" * 255)), CLOSED, FATAL),
    # Without its reason, or with half of it, it does not follow the grammar.
    "error-cut": Case(frame(encode.error(b"go", size=9)), EITHER),
    "error-alone": Case(frame(command("ERROR")), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("instead", INSTEAD),),
    primary=(),
    by_hand=True,
)
async def ready_missing(cell: CellContext) -> None:
    """A socket closes a connection on which something else than READY comes, and takes no message from it.

    RFC 37/ZMTP, "Formal Grammar": a connection is greeting, handshake, traffic; "The NULL Security Mechanism": "a peer
    MAY start to send messages immediately after completing its handshake"; "Error Handling": a peer "SHALL treat an
    incoming ERROR command as fatal, and act by closing the connection".
    """
    await _played(cell)


async def _played(cell: CellContext, case: Case | None = None) -> None:
    """Plays a case: a greeting and the case's bytes in place of READY, then a message if the handshake goes on."""
    if case is None:
        case = next(cell.value(axis.name) for axis in cell.cell.scenario.axes)
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.greet()
        await wire.write(case.sent)
        await zmtp_cases.judge(cell, plug, wire, peer, case, greeted=True)


# A socket's type -> one that it may talk to (RFC 37/ZMTP, "The Socket-Type Property").
PARTNERS = {
    PULL: PUSH,
    PUSH: PULL,
    PUB: SUB,
    SUB: PUB,
    XPUB: SUB,
    XSUB: PUB,
    REQ: REP,
    REP: REQ,
    DEALER: ROUTER,
    ROUTER: DEALER,
    PAIR: PAIR,
}


@scenario(
    roles={"peer": needs()},
    binder="peer",
    transports=WIRED,
    axes=(
        Axis(
            name="type",
            values={one: one for one in PARTNERS},
            default=PULL,
            needs={one: {"peer": needs(one)} for one in PARTNERS},
        ),
    ),
    primary=(),
    by_hand=True,
)
async def ready_written(cell: CellContext) -> None:
    """The READY of a socket follows the grammar, and says its type. A PULL then gets a message.

    RFC 37/ZMTP, "The NULL Security Mechanism" and "The Socket-Type Property"; its size SHOULD be short.
    """
    kind: str = cell.value("type")
    peer = cell.peer.open(kind)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.greet()
        await wire.send(ready(PARTNERS[kind]))
        got = await wire.frame()
        read = commands.decode(got.body, len(got.body))
        told = f"{read.name} with {', '.join(field.name for field in read.fields)}; {read.problem or 'whole'}"
        good = got.flags == COMMAND and read.name == "READY" and not read.problem
        expect.that(good, Kind.ALTERED, "a READY that follows the grammar", told)
        types = [field.value for field in read.fields if field.name.lower() == "socket-type"]
        expect.that(types == [kind.encode()], Kind.ALTERED, f"one Socket-Type, {kind}", f"{types}")
        if kind == PULL:
            await wire.message(MESSAGE)
            expect.messages(await cell.receive(peer, 1), [MESSAGE])
