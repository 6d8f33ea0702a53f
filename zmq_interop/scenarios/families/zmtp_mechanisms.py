"""PLAIN and CURVE handshakes by hand: commands that come too early, too late, cut or forged, written by the harness.

The other end of each connection is the harness itself, over tcp and ipc. After each, a client of the same agent with
the right credentials must be served. Boxes of CURVE that open need the keys of a library; here are those that do not.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH, REP, REQ
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import expect, zap, zmtp
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.credentials import PASSWORD, USERNAME
from zmq_interop.scenarios.kit.mechanisms import CLIENT, SERVER
from zmq_interop.scenarios.kit.zmtp import Plug, Wire
from zmq_interop.scenarios.kit.zmtp_cases import MESSAGE, OTHERS, Rule
from zmq_interop.system.errors import Mismatch, OperationFailed
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame, command, frame, property
from zmq_interop.wire.items import COMMAND

SERVED, CLOSED, EITHER = Rule.SERVED, Rule.CLOSED, Rule.EITHER
TYPE = property(b"Socket-Type", PUSH.encode())
NULL_READY = frame(encode.ready(PUSH))
WHOLE = b"".join(map(frame, encode.message(b"of no connection", b"end")))
INITIATE = frame(command("INITIATE", TYPE))
WELCOME = command("WELCOME")


class Steps(NamedTuple):
    """What a client writes, each step once the server has answered the one before, and what must become of it."""

    sent: tuple[bytes, ...]
    rule: Rule
    why: str = "the specification leaves open what becomes of it"


def _hello(username: bytes, password: bytes) -> bytes:
    body = bytes([len(username)]) + username + bytes([len(password)]) + password
    return frame(command("HELLO", body))


HELLO = _hello(USERNAME, PASSWORD)
NO_HELLO = "a client begins with HELLO"
NO_CREDENTIALS = "a HELLO that cannot be read has no credentials that could be accepted"
NO_INITIATE = "INITIATE follows WELCOME"
PLAIN = {
    "in-order": Steps((HELLO, INITIATE), SERVED, "the server accepts these credentials"),
    "credentials-of-0": Steps((_hello(b"", b""), INITIATE), EITHER),
    "credentials-of-255": Steps((_hello(b"u" * 255, b"p" * 255), INITIATE), EITHER),
    "initiate-first": Steps((INITIATE,), CLOSED, NO_HELLO),
    "ready-first": Steps((NULL_READY,), CLOSED, NO_HELLO),
    "welcome-first": Steps((frame(WELCOME),), CLOSED, NO_HELLO),
    "message-first": Steps((WHOLE,), CLOSED, NO_HELLO),
    "error-first": Steps((frame(encode.error(b"go away")),), CLOSED, "an ERROR is fatal"),
    "hello-of-0": Steps((frame(command("HELLO")),), CLOSED, NO_CREDENTIALS),
    "hello-without-password": Steps((frame(command("HELLO", b"\x05admin")),), CLOSED, NO_CREDENTIALS),
    "hello-cut": Steps((frame(command("HELLO", b"\xffadmin\x06s3cret")),), CLOSED, NO_CREDENTIALS),
    "hello-and-more": Steps((frame(command("HELLO", b"\x05admin\x06s3cret+")), INITIATE), EITHER),
    "hello-twice": Steps((HELLO, HELLO), CLOSED, NO_INITIATE),
    "ready-for-initiate": Steps((HELLO, NULL_READY), CLOSED, NO_INITIATE),
    "message-for-initiate": Steps((HELLO, WHOLE), CLOSED, NO_INITIATE),
    "initiate-of-pub": Steps(
        (HELLO, frame(command("INITIATE", property(b"Socket-Type", b"PUB")))), CLOSED, "a PUB is no peer of PULL"
    ),
    "initiate-cut": Steps((HELLO, frame(command("INITIATE", TYPE[:-1]))), EITHER),
}


@scenario(
    roles={
        "peer": needs(
            PULL,
            PUSH,
            REP,
            REQ,
            mechanisms=("PLAIN",),
            options=(*SERVER["PLAIN"], *CLIENT["PLAIN"]),
            lanes=2,
            own=True,
        )
    },
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="steps", values=dict(PLAIN)),),
    primary=(),
    by_hand=True,
)
async def plain_server(cell: CellContext) -> None:
    """A PLAIN server takes HELLO and then INITIATE, closes for anything else, and takes no message before.

    RFC 24/ZMTP-PLAIN, "Formal Grammar": the client sends HELLO, the server WELCOME, the client INITIATE, the server
    READY; RFC 37/ZMTP, "Error Handling": an ERROR is fatal. The ZAP handler accepts every client.
    """
    handler = await zap.handle(cell, cell.lane("peer", 1))
    peer = cell.peer.open(PULL, **SERVER["PLAIN"])
    async with zmtp.plugged(cell, peer) as plug:
        await plug.bind()
        async with zap.everybody_welcome(handler, cell.peer):
            await _played(cell, plug, peer, "PLAIN")


BOX = bytes(range(80))
NONCE = bytes(7) + b"\1"
CLIENT_KEY = bytes(range(1, 33))


def _curve_hello(version: bytes = b"\1\0", padding: int = 72, box: bytes = BOX) -> bytes:
    return frame(command("HELLO", version + bytes(padding) + CLIENT_KEY + NONCE + box))


FORGED = "its box does not open"
SIZE = "a HELLO has 200 octets"
CURVE = {
    "hello-forged": Steps((_curve_hello(),), CLOSED, FORGED),
    "hello-of-zeros": Steps((frame(command("HELLO", bytes(194))),), CLOSED, FORGED),
    "hello-of-version-2": Steps((_curve_hello(b"\2\0"),), CLOSED, FORGED),
    "hello-short": Steps((_curve_hello(padding=71),), CLOSED, SIZE),
    "hello-long": Steps((_curve_hello(padding=73),), CLOSED, SIZE),
    "hello-of-0": Steps((frame(command("HELLO")),), CLOSED, SIZE),
    "hello-of-plain": Steps((HELLO,), CLOSED, SIZE),
    "hello-in-long-form": Steps((_curve_hello(box=bytes(70_000)),), CLOSED, SIZE),
    "initiate-first": Steps((frame(command("INITIATE", bytes(250))),), CLOSED, NO_HELLO),
    "ready-first": Steps((NULL_READY,), CLOSED, NO_HELLO),
    "encrypted-first": Steps((frame(Frame(0, b"\7MESSAGE" + NONCE + bytes(33))),), CLOSED, NO_HELLO),
    "message-first": Steps((WHOLE,), CLOSED, NO_HELLO),
    "error-first": Steps((frame(encode.error(b"go away")),), CLOSED, "an ERROR is fatal"),
}


@scenario(
    roles={
        "peer": needs(
            PULL,
            PUSH,
            mechanisms=("CURVE",),
            options=tuple(dict.fromkeys((*SERVER["CURVE"], *CLIENT["CURVE"]))),
        )
    },
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="steps", values=dict(CURVE)),),
    primary=(),
    by_hand=True,
)
async def curve_server(cell: CellContext) -> None:
    """A CURVE server closes a connection whose first command is no HELLO of a client that knows its key.

    RFC 26/CURVEZMQ, "Formal Grammar" and "The HELLO Command": 200 octets, whose box the server opens with the client's
    transient key; "Security Considerations": who does not know the server's key learns nothing. RFC 25/ZMTP-CURVE.
    """
    peer = cell.peer.open(PULL, **SERVER["CURVE"])
    async with zmtp.plugged(cell, peer) as plug:
        await plug.bind()
        await _played(cell, plug, peer, "CURVE")


async def _played(cell: CellContext, plug: Plug, peer: Socket, mechanism: str) -> None:
    """Plays a client of a bound PULL, then an honest one of the same agent. Raises Mismatch."""
    steps: Steps = cell.value("steps")
    wire = await plug.wire()
    await wire.greet(encode.greeting(mechanism=mechanism.encode()))
    for step in steps.sent[:-1]:
        await wire.write(step)
        if not await _answered(wire, steps):
            break
    else:
        await wire.write(steps.sent[-1])
    ready = await _settled(wire, steps)
    if ready:
        await wire.message(MESSAGE)
    if steps.rule is SERVED:
        expect.that(ready, Kind.DISCONNECTED, f"the connection to be served: {steps.why}", "its end")
        expect.messages(await cell.receive(peer, 1), [MESSAGE])
    elif steps.rule is CLOSED and not wire.ended:
        await wire.closed(steps.why)
    await _others_are_served(cell, plug, peer, mechanism, may=MESSAGE if steps.rule is EITHER else None)


async def _answered(wire: Wire, steps: Steps) -> bool:
    """Whether the server answers a step with WELCOME; it may close the connection where it need not."""
    try:
        await wire.expects(WELCOME)
    except Mismatch as mismatch:
        if mismatch.kind == Kind.DISCONNECTED and steps.rule is EITHER:
            return False
        raise
    return True


async def _settled(wire: Wire, steps: Steps) -> bool:
    """Whether the server ends the handshake with READY, or the connection. Raises Mismatch (`lost`) if with neither."""
    try:
        return await wire.settles(greeted=True)
    except Mismatch as mismatch:
        told = f"a connection that stayed open, and on which nothing comes ({mismatch.got})"
        raise Mismatch(mismatch.kind, f"the end of the handshake: {steps.why}", told) from None


async def _others_are_served(
    cell: CellContext, plug: Plug, peer: Socket, mechanism: str, may: Message | None = None
) -> None:
    """As in zmtp_cases, with a client of the same agent: it has the keys, and the library's own handshake."""
    other = cell.peer.open(PUSH, **CLIENT[mechanism])
    cell.connect(other, plug.bound)
    for message in OTHERS:
        other.send(message)
    got = await cell.receive(peer, len(OTHERS))
    if may is not None and may in got:
        got.remove(may)
        got += await cell.receive(peer, 1)
    expect.none([one for one in got if one not in OTHERS], "nothing that was sent by hand may reach the application")
    expect.messages(got, OTHERS)


ANSWERS: dict[str, object] = {
    "in-order": None,
    "error": (frame(encode.error(b"not you")), "an ERROR is fatal"),
    "ready-for-welcome": (frame(command("READY", property(b"Socket-Type", PULL.encode()))), "WELCOME comes first"),
    "hello-for-welcome": (HELLO, "HELLO is a command of the client"),
    "message-for-welcome": (WHOLE, "no message comes before READY"),
}


@scenario(
    roles={"peer": needs(PUSH, mechanisms=("PLAIN",), options=tuple(CLIENT["PLAIN"]))},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="answer", values=ANSWERS),),
    primary=(),
    by_hand=True,
)
async def plain_client(cell: CellContext) -> None:
    """A PLAIN client writes HELLO with its credentials, then INITIATE, and no message before the server's READY.

    RFC 24/ZMTP-PLAIN, "Formal Grammar"; RFC 37/ZMTP, "Error Handling": a client closes the connection for an ERROR, and
    for a command that is not the next one.
    """
    answer: tuple[bytes, str] | None = cell.value("answer")
    peer = cell.peer.open(PUSH, **CLIENT["PLAIN"])
    async with zmtp.plugged(cell, peer, connects=True) as plug:
        wire = await plug.wire()
        theirs = await wire.greet(encode.greeting(mechanism=b"PLAIN", as_server=1))
        expect.that(theirs[12:32].rstrip(b"\0") == b"PLAIN", Kind.ALTERED, "PLAIN", expect.show(theirs[12:32]))
        sending = peer.send(MESSAGE, timeout=0 if answer else None)
        await wire.expects(Frame(COMMAND, HELLO[2:]))
        if answer is not None:
            sent, why = answer
            await wire.write(sent)
            await _no_message(wire, why)
            with contextlib.suppress(OperationFailed):  # the connection may be gone before it
                await sending
            return
        await wire.send(WELCOME)
        initiate = await wire.frame()
        begins = initiate.flags == COMMAND and initiate.body.startswith(b"\x08INITIATE")
        expect.that(begins and TYPE in initiate.body, Kind.ALTERED, "INITIATE of a PUSH", expect.show(initiate.body))
        await wire.send(command("READY", property(b"Socket-Type", PULL.encode())))
        await wire.receives(MESSAGE)


async def _no_message(wire: Wire, why: str) -> None:
    """Reads commands until the end of the connection. Raises Mismatch (`unexpected`) for a message, or no end."""
    wanted = f"the connection to be closed: {why}"
    try:
        while True:
            got = await wire.frame()
            expect.that(bool(got.flags & COMMAND), Kind.UNEXPECTED, wanted, f"a message: {expect.show(got.body)}")
    except Mismatch as mismatch:
        if mismatch.kind == Kind.LOST:
            raise Mismatch(Kind.UNEXPECTED, wanted, "a connection that stayed open") from None
        if mismatch.kind != Kind.DISCONNECTED:
            raise
