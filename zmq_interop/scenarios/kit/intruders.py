"""Clients that a server must refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zmq_interop.agents.control.handles import Call, Event, Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, Needs
from zmq_interop.core.sockets import PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import credentials, expect, mechanisms
from zmq_interop.scenarios.kit.cell_context import CellContext, Endpoint
from zmq_interop.scenarios.kit.mechanisms import CLIENT, Options
from zmq_interop.system.errors import OperationFailed

MESSAGE = (b"from a stranger",)
QUIET = 1.0  # seconds to wait for a message that must not come


class UnauthorizedClient(NamedTuple):
    """A client that a server must refuse.

    mechanism: the server's. shows: the options that the client sets. status: the ZAP handler's answer, if the server
    asks a handler.
    """

    mechanism: str
    shows: Options
    client_mechanism: str
    status: bytes = b""


MISMATCHES = {
    f"{client}-to-{server}": UnauthorizedClient(server.upper(), CLIENT[client.upper()], client.upper())
    for client in ("null", "plain", "curve")
    for server in ("null", "plain", "curve")
    if client != server
}
WRONG_SERVER_KEY = UnauthorizedClient(
    "CURVE",
    mechanisms.curve(credentials.STRANGER_PUBLIC, credentials.CLIENT_PUBLIC, credentials.CLIENT_SECRET),
    "CURVE",
)
REFUSED_BY_HANDLER = {
    "null-denied": UnauthorizedClient("NULL", {}, "NULL", b"500"),
    "wrong-password": UnauthorizedClient("PLAIN", mechanisms.plain(credentials.USERNAME, b"guess"), "PLAIN", b"400"),
    "unknown-client-key": UnauthorizedClient(
        "CURVE",
        mechanisms.curve(credentials.SERVER_PUBLIC, credentials.STRANGER_PUBLIC, credentials.STRANGER_SECRET),
        "CURVE",
        b"400",
    ),
}
# A PLAIN server without a handler refuses everybody, so it needs one to accept the friend. NULL clients send no
# credentials by which a handler could tell a friend from a stranger.
WITH_HANDLER = {
    **{name: one for name, one in REFUSED_BY_HANDLER.items() if one.mechanism != "NULL"},
    **{name: one for name, one in MISMATCHES.items() if one.mechanism == "PLAIN"},
}
WITHOUT_HANDLER = {
    **{name: one for name, one in MISMATCHES.items() if one.mechanism != "PLAIN"},
    "wrong-server-key": WRONG_SERVER_KEY,
}


def axis(values: Mapping[str, UnauthorizedClient], friend: bool = False) -> Axis:
    """The axis of these clients. friend: the client role also opens a socket with the right credentials."""
    wanted = {}
    for name, one in values.items():
        wanted[name] = mechanisms.sides(one.mechanism)
        shown = {**one.shows, **(CLIENT[one.mechanism] if friend else {})}
        wanted[name]["client"] = Needs(
            mechanisms=tuple({one.client_mechanism: 0, **({one.mechanism: 0} if friend else {})}), options=tuple(shown)
        )
    return Axis(name="stranger", values=dict(values), needs=wanted)


def attempt(cell: CellContext, where: Endpoint, stranger: UnauthorizedClient) -> list[Call[str] | Call[None]]:
    """The stranger connects and sends, on a lane of its own. Either call may fail already: see `settle`."""
    socket = cell.lane("client", 1).open(PUSH, **stranger.shows)
    return [cell.connect(socket, where), socket.send(MESSAGE, timeout=0)]


async def alone(cell: CellContext, server: Socket, message: Message) -> None:
    """Expects that the server receives the friend's message, and none of the stranger. Raises Mismatch."""
    why = "the server must refuse this client"
    got = await cell.collect([server.receive()])
    expect.none([one for one in got if one == MESSAGE], why)
    expect.messages(got, [message])
    await cell.silence(server, QUIET, why)


async def settle(attempt: list[Call[str] | Call[None]]) -> None:
    """Waits for the answers to an attempt. Each may be a refusal (NATIVE, AGAIN); raises OperationFailed for others."""
    for call in attempt:
        try:
            await call
        except OperationFailed as error:
            if error.code not in ("NATIVE", "AGAIN"):
                raise


async def failure(cell: CellContext, watched: Socket) -> Event:
    """Returns the event of a failed handshake. Raises Mismatch if none comes, or a handshake succeeds first."""
    wanted = "an event HANDSHAKE_FAILED_..."
    told: list[str] = []
    async for event in cell.events(watched):
        expect.that(event.name != "HANDSHAKE_SUCCEEDED", Kind.UNEXPECTED, wanted, event.name)
        if event.name.startswith("HANDSHAKE_FAILED"):
            return event
        told.append(event.name)
    raise expect.lost(wanted, ", ".join(told[:20]) or "no event")
