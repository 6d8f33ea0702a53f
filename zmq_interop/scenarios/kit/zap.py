"""The ZAP handler of a server's context, played by a scenario (RFC 27/ZAP)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zmq_interop.agents.control.handles import Lane, Socket
from zmq_interop.core.frames import Message
from zmq_interop.core.sockets import REP, REQ
from zmq_interop.scenarios.kit.cell_context import CellContext

ENDPOINT = "inproc://zeromq.zap.01"
DOMAIN = b"interop"
END: Message = (b"end",)  # not a request of RFC 27


async def handle(cell: CellContext, lane: Lane) -> Handler:
    """Binds the handler of the lane's context. Raises OperationFailed."""
    rep = lane.open(REP)
    await cell.bind_when_free(rep, ENDPOINT)  # the handler of an earlier cell in this context may not be quite gone
    return Handler(rep)


class Handler:
    """Decides which clients a server accepts. A context has only one handler, which must be bound before any server."""

    def __init__(self, rep: Socket) -> None:
        self._rep = rep

    async def asked(self) -> Message:
        """The next request: version, request id, domain, address, identity, mechanism, credentials."""
        return await self._rep.receive()

    async def answer(self, request: Message, status: bytes) -> None:
        """Answers a request with a status code: "200", or why not."""
        user = b"user" if status == b"200" else b""
        await self._rep.send((b"1.0", *request[1:2], status, b"text", user, b""))


@asynccontextmanager
async def everybody_welcome(handler: Handler, lane: Lane) -> AsyncIterator[None]:
    """Accepts every request while the block runs, any number of them, including none.

    lane: another lane of the same instance, on which the end is sent to the handler.
    """

    async def welcome() -> None:
        while (request := await handler.asked()) != END:
            await handler.answer(request, b"200")

    welcoming = asyncio.create_task(welcome())
    try:
        yield
        req = lane.open(REQ)
        req.connect(ENDPOINT)
        await req.send(END)
        await welcoming
    finally:
        welcoming.cancel()
        await asyncio.gather(welcoming, return_exceptions=True)


def credentials(request: Message) -> Message:
    """The credentials in a request."""
    return request[6:]
