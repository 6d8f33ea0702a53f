"""Pairs of socket types that can be connected, as an axis: one scenario for all pairs that follow the same rule."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core.scenario import Axis, Needs
from zmq_interop.core.sockets import PUB, ROUTER, SUB, XPUB
from zmq_interop.scenarios.kit import exchanges
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext

READY = (b"ready",)


class SocketPair(NamedTuple):
    """The socket types of the roles `sender` and `receiver`. option: an option that the sender sets to 1."""

    sender: str
    receiver: str
    option: str = ""


def axis(default: str | None = None, **patterns: SocketPair) -> Axis:
    """The axis `pattern`, for `open_sender` and `open_receiver`. `_` in a name becomes `-` in ids."""
    values: dict[str, object] = {}
    of: dict[str, dict[str, Needs]] = {}
    for word, pattern in patterns.items():
        name = word.replace("_", "-")
        values[name] = pattern
        of[name] = {
            "sender": Needs(sockets=(pattern.sender,), options=(pattern.option,) if pattern.option else ()),
            "receiver": Needs(sockets=(pattern.receiver,), options=("SUBSCRIBE",) if pattern.receiver == SUB else ()),
        }
    return Axis(name="pattern", values=values, default=default, needs=of)


def open_sender(cell: CellContext, **options: int) -> Socket:
    """Opens the sender of the cell's pattern."""
    pattern: SocketPair = cell.value("pattern")
    if pattern.option:
        options[pattern.option] = 1
    return cell.sender.open(pattern.sender, **options)


def open_receiver(cell: CellContext, **options: int) -> Socket:
    """Opens the receiver of the cell's pattern; SUB and XSUB subscribe to everything."""
    pattern: SocketPair = cell.value("pattern")
    return exchanges.open_socket(cell.receiver, pattern.receiver, **options)


async def meet(cell: CellContext, sender: Socket, receiver: Socket) -> tuple[bytes, ...]:
    """Waits until a message of the sender reaches the receiver, so that none of the next ones is lost.

    Returns the frames with which the sender must address the receiver.
    """
    if sender.type in (PUB, XPUB):
        await cell.join(sender, receiver)
        sender.send(READY)
        while await receiver.receive() == (SYNC,):
            pass
        return ()
    if sender.type == ROUTER:  # it can address a peer only after a message from it
        receiver.send(READY)
        id = (await sender.receive())[0]
        return (id,) if isinstance(id, bytes) else ()
    sender.send(READY)
    await receiver.receive()
    return ()
