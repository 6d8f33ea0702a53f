"""Traffic by hand: commands, flags and sizes after the handshake, each byte written by the harness.

The other end of each connection is the harness itself, over tcp and ipc. What a peer may refuse is followed by another
connection, which must be served.
"""

from __future__ import annotations

from zmq_interop.core.scenario import WIRED, Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.scenarios.kit import zmtp, zmtp_cases
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.scenarios.kit.zmtp_cases import MESSAGE, Case, Rule
from zmq_interop.wire import encode
from zmq_interop.wire.encode import Frame, command, frame, ping
from zmq_interop.wire.items import COMMAND, LONG, MORE

SERVED, EITHER = Rule.SERVED, Rule.EITHER
COMMANDS = {
    "unknown": Case(frame(command("INTEROP", b"data")), EITHER),
    "ready-again": Case(frame(encode.ready(PUSH)), EITHER),
    "error-late": Case(frame(encode.error(b"too late")), EITHER),
    "of-0": Case(frame(Frame(COMMAND, b"")), EITHER),
    "name-of-0": Case(frame(Frame(COMMAND, b"\0data")), EITHER),
    "name-beyond-command": Case(frame(Frame(COMMAND, b"\xffPING")), EITHER),
    "of-64-KiB": Case(frame(command("INTEROP", b"x" * 65_536)), EITHER),
    "long-form": Case(frame(command("INTEROP", b"data"), long=True), EITHER),
    "with-more": Case(frame(Frame(COMMAND | MORE, command("INTEROP", b"data").body)), EITHER),
    "subscribe-to-pull": Case(frame(command("SUBSCRIBE", b"topic")), EITHER),
    "cancel-to-pull": Case(frame(command("CANCEL", b"topic")), EITHER),
    "ping-without-ttl": Case(frame(command("PING")), EITHER),
    "ping-with-half-a-ttl": Case(frame(command("PING", b"\0")), EITHER),
    "ping-with-context-of-17": Case(frame(ping(0, b"c" * 17)), EITHER),
    "ping-with-context-of-64-KiB": Case(frame(ping(0, b"c" * 65_536)), EITHER),
    "ping-with-more": Case(frame(Frame(COMMAND | MORE, ping(0).body)), EITHER),
    "pong-that-nobody-asked-for": Case(frame(command("PONG", b"context")), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("command", COMMANDS),),
    primary=(),
    by_hand=True,
)
async def odd_command(cell: CellContext) -> None:
    """A command that the specification does not know, or that breaks its grammar, reaches no application.

    RFC 37/ZMTP, "Commands": they are "not generally visible to the application"; "Framing": MORE "SHALL be zero on
    command frames"; "Connection Heartbeating": a context has at most 16 octets. The specification leaves open whether
    such a connection is closed; libzmq ignores unknown commands and closes for malformed ones. The message that follows
    arrives whole or not at all, and the next connection is served.
    """
    await _played(cell)


LONG_FORM = "a long frame has a body of 0 to 2^63-1 octets"
WHOLE = [Frame(MORE, MESSAGE[0] if isinstance(MESSAGE[0], bytes) else b""), Frame(0, b"\x00end")]
FRAMES = {
    "long-form": Case(b"".join(frame(one, long=True) for one in WHOLE), SERVED, LONG_FORM),
    "long-form-of-first": Case(frame(WHOLE[0], long=True) + frame(WHOLE[1]), SERVED, LONG_FORM),
    # Bits 7 to 3 are reserved and MUST be zero; libzmq does not look at them.
    **{
        f"reserved-bit-{bit}": Case(frame(Frame(MORE | 1 << bit, WHOLE[0].body)) + frame(WHOLE[1]), EITHER)
        for bit in range(3, 8)
    },
    # Commands stand between messages, not between the frames of one.
    "ping-inside": Case(frame(WHOLE[0]) + frame(ping(0)) + frame(WHOLE[1]), EITHER),
    "unknown-command-inside": Case(frame(WHOLE[0]) + frame(command("INTEROP")) + frame(WHOLE[1]), EITHER),
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(zmtp_cases.axis("frames", FRAMES),),
    primary=(),
    by_hand=True,
)
async def odd_frames(cell: CellContext) -> None:
    """A short frame in the long form is taken; one with reserved flags, or a command inside a message, harms nobody.

    RFC 37/ZMTP, "Framing": a long frame has 0 to 2^63-1 octets, and reserved flags "MUST be zero", which libzmq does
    not check; "Formal Grammar": a message is its frames, without commands in between. A message arrives whole or not at
    all.
    """
    case: Case = cell.value("frames")
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(PUSH)
        await wire.write(case.sent)
        await zmtp_cases.follow(cell, plug, wire, peer, case)


async def _played(cell: CellContext) -> None:
    """Plays a case: its bytes after the handshake, then a message."""
    case: Case = next(cell.value(axis.name) for axis in cell.cell.scenario.axes)
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(PUSH)
        await wire.write(case.sent + encode.written(*(one.body for one in WHOLE)))
        await zmtp_cases.follow(cell, plug, wire, peer, case)


SIZES = {
    "2-31": 1 << 31,
    "2-63-minus-1": (1 << 63) - 1,
    "2-63": 1 << 63,
    "2-64-minus-1": (1 << 64) - 1,
}
HUGE: dict[str, object] = {
    f"{what}-of-{name}": bytes([flags | LONG]) + size.to_bytes(8, "big")
    for name, size in SIZES.items()
    for what, flags in (("frame", 0), ("command", COMMAND))
}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="size", values=HUGE),),
    primary=(),
    by_hand=True,
)
async def huge_frame(cell: CellContext) -> None:
    """A frame that says it is huge does not end the agent, and other connections are served while it is awaited.

    RFC 37/ZMTP, "Framing": a body has 0 to 2^63-1 octets; "Security Considerations": memory exhaustion;
    zmq_setsockopt(3), "ZMQ_MAXMSGSIZE": no limit by default. Whether the connection is closed is left open: libzmq asks
    for the memory, and closes it if there is not so much.
    """
    peer = cell.peer.open(PULL)
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(PUSH)
        await wire.write(cell.value("size") + b"x" * 1000)
        await zmtp_cases.others_are_served(cell, plug, peer)


BEGIN = frame(Frame(MORE, b"of no message"))
CUTS: dict[str, object] = {
    "after-a-frame": BEGIN,
    "in-the-flags-of-the-last": BEGIN + b"\0",
    "in-the-body-of-the-last": BEGIN + b"\0\x05abcd",
    "in-a-long-size": BEGIN + b"\x02" + bytes(7),
    "in-a-long-body": BEGIN + frame(Frame(0, b"x" * 70_000))[:-1],
    "in-the-first-body": b"\0\x05abcd",
}
ENDS: dict[str, object] = {"closed": False, "reset": True}


@scenario(
    roles={"peer": needs(PULL)},
    binder="peer",
    transports=WIRED,
    axes=(Axis(name="cut", values=CUTS), Axis(name="end", values=ENDS)),
    primary=(),
    by_hand=True,
)
async def cut_message(cell: CellContext) -> None:
    """Of a message whose connection ends before its last byte, the application sees nothing.

    RFC 37/ZMTP, "Socket Semantics": "a message SHALL be sent or received atomically; that is, all frames or none". A
    whole message before it arrives, unless the connection was reset: TCP may drop what was not read yet.
    """
    peer = cell.peer.open(PULL)
    reset: bool = cell.value("end")
    async with zmtp.plugged(cell, peer) as plug:
        wire = await plug.wire()
        await wire.handshake(PUSH)
        await wire.message(MESSAGE)
        await zmtp_cases.arrives(cell, wire, peer, "it is whole")
        await wire.write(cell.value("cut"))
        if reset:
            await wire.close(with_reset=True)
        else:
            wire.finish()
            await wire.closed("this side has ended its direction")
        await zmtp_cases.others_are_served(cell, plug, peer)
