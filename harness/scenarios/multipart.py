"""Multipart: a message is a list of frames of any size and content, and stays one."""

from __future__ import annotations

from harness import expect
from harness.control.handles import Message
from harness.scenario import Axis, needs, scenario
from harness.sockets import DEALER, ROUTER
from harness.stage import Stage

END = (b"end",)
ALL_BYTES = bytes(range(256))

# 255 is where ZMTP changes from a short to a long frame (RFC 23, "size"), 65,535 where 16 bits end; libzmq keeps small
# messages inside its message structure and larger ones outside, so the sizes beside each border are tried as well.
SIZES = (0, 1, 254, 255, 256, 65_535, 65_536, 1 << 20)


def body(size: int) -> bytes:
    """`size` bytes in which no two neighbouring blocks are alike, so that a cut or a swap shows."""
    block = b"".join(index.to_bytes(4, "big") for index in range(min(size // 4 + 1, 4096)))
    return (block * (size // len(block) + 1))[:size]


SHAPES: dict[str, object] = {
    "empty-first": (b"", b"a", b"b"),
    "empty-middle": (b"a", b"", b"b"),
    "empty-last": (b"a", b"b", b""),
    "all-empty": (b"", b"", b""),
    "binary": (ALL_BYTES, ALL_BYTES[::-1], b"\r\n\x00\r\n"),
    "many": tuple(b"%d" % index for index in range(100)),
    **{f"size-{size}": (b"before", body(size), b"after") for size in SIZES},
}


@scenario(
    roles={"dealer": needs(DEALER), "router": needs(ROUTER)},
    binder="router",
    binders=("router",),
    axes=(Axis(name="shape", values=SHAPES),),
)
async def multipart(cell: Stage) -> None:
    """A message arrives whole, once: as many frames as were sent, each with its bytes, empty ones too.

    RFC 23/ZMTP, "Framing": a message is one or more frames; zmq_msg_send(3), "Multi-part messages": it is delivered
    whole or not at all. ROUTER puts a frame of its own before the message, and changes none.
    """
    message: Message = cell.value("shape")
    router = cell.router.open(ROUTER)
    dealer = cell.dealer.open(DEALER)
    await cell.link(router, dealer)
    got = await cell.carry(dealer, router, [message, END])
    expect.messages([one[1:] for one in got], [message, END])
