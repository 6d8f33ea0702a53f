"""Connections that the harness itself is one end of, on real sockets, over tcp and ipc."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zmq_interop.core.transcript import BINDER, CLOSED, CONNECTOR, RESET
from zmq_interop.system import scratch
from zmq_interop.system.errors import UsageError
from zmq_interop.wire import plug
from zmq_interop.wire.plug import RawConnection, RawListener

PATIENCE = 60.0  # seconds; a test that works needs none of them


class Notes:
    """An observer that keeps everything."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def passed(self, side: int, data: bytes) -> None:
        self.told.append((side, data))

    def ended(self, side: int, how: str) -> None:
        self.told.append((side, how))

    def refused(self, why: str) -> None:
        self.told.append((why,))


@pytest.fixture(params=["tcp", "ipc"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where to listen."""
    if request.param == "tcp":
        yield "tcp://127.0.0.1:*"
        return
    folder = scratch.make()
    yield f"ipc://{folder / 'plug'}"
    scratch.remove(folder)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()

    asyncio.run(bounded())


@contextlib.asynccontextmanager
async def pair(endpoint: str, notes: Notes | None = None) -> AsyncIterator[tuple[RawConnection, RawConnection]]:
    """The connecting end, which tells `notes`, and the accepted one."""
    listener = RawListener(endpoint)
    accepting = asyncio.ensure_future(listener.accept())
    connected = await plug.connect(listener.endpoint, notes)
    accepted = await accepting
    try:
        yield connected, accepted
    finally:
        await connected.close()
        await accepted.close()
        listener.close()


def test_bytes_go_both_ways_and_are_taken_in_any_pieces(endpoint: str) -> None:
    async def test() -> None:
        async with pair(endpoint) as (one, other):
            await one.write(b"abc")
            await one.write(b"def")
            assert [await other.take(count) for count in (1, 4, 0, 1)] == [b"a", b"bcde", b"", b"f"]
            await other.write(b"x" * 3_000_000)
            assert len(await one.take(3_000_000)) == 3_000_000

    run(test)


def test_an_end_is_seen_and_what_came_before_it_is_there(endpoint: str) -> None:
    async def test() -> None:
        async with pair(endpoint) as (one, other):
            await one.write(b"last")
            one.finish()
            assert await other.take(9) == b"last"
            assert other.ended == CLOSED
            await other.write(b"still")
            assert await one.take(5) == b"still"
            assert one.ended == ""

    run(test)


def test_a_reset_is_seen_over_tcp(endpoint: str) -> None:
    async def test() -> None:
        async with pair(endpoint) as (one, other):
            await one.close(with_reset=True)
            await other.end()
            assert other.ended == (RESET if endpoint.startswith("tcp") else CLOSED)
            await other.write(b"nobody reads this")
            await other.write(b"nor this")

    run(test)


def test_the_end_comes_however_much_was_not_taken(endpoint: str) -> None:
    async def test() -> None:
        async with pair(endpoint) as (one, other):

            async def flood() -> None:
                await one.write(b"x" * (3 * plug.MOST))
                one.finish()

            await asyncio.gather(flood(), other.end())
            assert other.ended == CLOSED

    run(test)


def test_an_observer_hears_of_both_sides(endpoint: str) -> None:
    async def test() -> None:
        notes = Notes()
        async with pair(endpoint, notes) as (one, other):
            await one.write(b"ping")
            await other.take(4)
            await other.write(b"pong")
            await one.take(4)
            other.finish()
            await one.end()
        assert notes.told == [
            (CONNECTOR, b"ping"),
            (BINDER, b"pong"),
            (BINDER, CLOSED),
            (CONNECTOR, CLOSED),
        ]

    run(test)


def test_nobody_there_is_an_error(endpoint: str) -> None:
    async def test() -> None:
        listener = RawListener(endpoint)
        listener.close()
        listener.close()
        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            await plug.connect(listener.endpoint)

    run(test)


def test_a_closed_listener_leaves_no_file(tmp_path: Path) -> None:
    async def test() -> None:
        listener = RawListener(f"ipc://{tmp_path / 's'}")
        assert (tmp_path / "s").exists()
        listener.close()
        assert not (tmp_path / "s").exists()

    run(test)


def test_another_transport_is_refused() -> None:
    async def test() -> None:
        with pytest.raises(UsageError, match="tcp://ADDRESS:PORT or ipc://PATH"):
            RawListener("inproc://name")
        with pytest.raises(UsageError, match="tcp://ADDRESS:PORT or ipc://PATH"):
            await plug.connect("inproc://name")

    run(test)


def test_a_connection_that_comes_while_waiting_is_cancelled_is_there_for_the_next(endpoint: str) -> None:
    async def test() -> None:
        listener = RawListener(endpoint)
        waiting = asyncio.ensure_future(listener.accept())
        await asyncio.sleep(0)
        one = await plug.connect(listener.endpoint)
        # The loop handles what sockets have before its timers: the listener is ready, and then nobody waits for it.
        asyncio.get_running_loop().call_later(0, waiting.cancel)
        await asyncio.wait([waiting])
        other = waiting.result() if not waiting.cancelled() else await listener.accept()
        await one.write(b"there")
        assert await other.take(5) == b"there"
        for end in (one, other):
            await end.close()
        listener.close()

    run(test)


def test_a_listener_may_be_closed_while_somebody_waits(endpoint: str) -> None:
    async def test() -> None:
        for _ in range(2):  # the second socket gets the number of the first
            listener = RawListener(endpoint)
            waiting = asyncio.ensure_future(listener.accept())
            await asyncio.sleep(0)
            listener.close()
            waiting.cancel()
            await asyncio.wait([waiting])

    run(test)
