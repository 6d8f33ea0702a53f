"""What a relay does to bytes: each toxic on real sockets, over tcp and ipc."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tests.wire.test_plug import Notes
from zmq_interop.core.transcript import BINDER, CLOSED, CONNECTOR, RESET
from zmq_interop.system import scratch
from zmq_interop.wire import plug, toxics
from zmq_interop.wire.passage import Passage
from zmq_interop.wire.plug import RawConnection, RawListener
from zmq_interop.wire.relay import Relay

PATIENCE = 60.0  # seconds; a test that works needs none of them
DATA = bytes(range(256)) * 4


@pytest.fixture(params=["tcp", "ipc"])
def endpoints(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Where to listen: the socket, and the relay before it."""
    if request.param == "tcp":
        yield "tcp://127.0.0.1:*", "tcp://127.0.0.1:*"
        return
    folder = scratch.make()
    yield f"ipc://{folder / 'socket'}", f"ipc://{folder / 'relay'}"
    scratch.remove(folder)


class Line:
    """A listener with a relay before it."""

    def __init__(self, endpoints: tuple[str, str], passage: Callable[[int], Passage]) -> None:
        self._listener = RawListener(endpoints[0])
        self.relay = Relay(endpoints[1], self._listener.endpoint, Notes, passage)
        self.relay.open()
        self._ends: list[RawConnection] = []

    async def connect(self) -> tuple[RawConnection, RawConnection]:
        """Both ends of a connection through the relay."""
        accepting = asyncio.ensure_future(self._listener.accept())
        one = await plug.connect(self.relay.endpoint)
        other = await accepting
        self._ends += [one, other]
        return one, other

    async def close(self) -> None:
        for end in self._ends:
            await end.close()
        await self.relay.cut()
        await self.relay.close()
        self._listener.close()


def run(endpoints: tuple[str, str], passage: Callable[[int], Passage], test: Callable[[Line], Awaitable[None]]) -> None:
    @contextlib.asynccontextmanager
    async def line() -> AsyncIterator[Line]:
        made = Line(endpoints, passage)
        try:
            yield made
        finally:
            await made.close()

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE), line() as made:
            await test(made)
            assert made.relay.failed == ""

    asyncio.run(bounded())


@pytest.mark.parametrize(
    "toxic",
    [
        toxics.Slicer(1),
        toxics.Slicer(0, seed=3),
        toxics.SplitAt(1),
        toxics.SplitAt(700),
        toxics.Latency(0.001, 0.002, seed=1),
        toxics.Bandwidth(100_000),
    ],
    ids=str,
)
def test_pieces_come_to_the_same_in_both_directions(endpoints: tuple[str, str], toxic: toxics.Toxic) -> None:
    async def test(line: Line) -> None:
        for _ in range(2):
            one, other = await line.connect()
            await one.write(DATA)
            await other.write(DATA[::-1])
            assert await other.take(len(DATA)) == DATA
            assert await one.take(len(DATA)) == DATA[::-1]

    run(endpoints, toxic.on, test)


def test_a_seed_is_the_same_pieces_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(_: Passage, __: int, ___: object, data: bytes) -> None:
        sizes.append(len(data))

    def pieces(seed: int, number: int) -> tuple[int, ...]:
        sizes.clear()
        asyncio.run(toxics.Slicer(0, seed).on(number).send(CONNECTOR, None, DATA))  # type: ignore[arg-type]
        return tuple(sizes)

    sizes: list[int] = []
    monkeypatch.setattr(Passage, "send", send)
    assert pieces(1, 0) == pieces(1, 0)
    assert len({pieces(seed, number) for seed in (1, 2) for number in (0, 1)}) == 4
    assert sum(pieces(1, 0)) == len(DATA)
    assert max(pieces(1, 0)[:-1]) <= 16


def test_a_reset_comes_after_exactly_so_many_bytes_and_only_once(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(len(DATA)) == DATA[:300]
        await one.end()
        how = RESET if line.relay.endpoint.startswith("tcp") else CLOSED
        assert (one.ended, other.ended) == (how, how)
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(len(DATA)) == DATA

    run(endpoints, toxics.ResetPeer(300, CONNECTOR).on, test)


def test_before_a_reset_the_other_side_may_say_so_much(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await other.write(b"greeting, and more")
        assert await one.take(8) == b"greeting"
        await one.write(b"abc")
        await one.end()
        assert one.waiting == b""

    run(endpoints, toxics.ResetPeer(3, CONNECTOR, 8).on, test)


def test_a_half_open_link_swallows_bytes_and_ends(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(b"passed, and vanished")
        assert await other.take(6) == b"passed"
        await other.write(b"vanished too")
        await one.write(b"still vanishing")
        again, met = await line.connect()
        await again.write(b"marker")
        assert await met.take(6) == b"marker"
        assert (one.waiting, other.waiting, one.ended, other.ended) == (b"", b"", "", "")

    run(endpoints, toxics.Timeout(6, CONNECTOR).on, test)


def test_what_is_held_back_comes_later_whole_and_in_order(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(10) == DATA[:10]
        await held.wait()
        await one.write(b"end")
        free.set()
        assert await other.take(len(DATA) - 10 + 3) == DATA[10:] + b"end"

    held, free = asyncio.Event(), asyncio.Event()
    run(endpoints, toxics.Hold(10, CONNECTOR, held, free).on, test)


def test_a_link_that_is_down_refuses_and_comes_back(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await line.relay.cut()
        await asyncio.gather(one.end(), other.end())
        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            await plug.connect(line.relay.endpoint)
        line.relay.open()
        one, other = await line.connect()
        await other.write(b"again")
        assert await one.take(5) == b"again"
        assert line.relay.accepted == 2

    run(endpoints, lambda _: Passage(), test)


def test_sides_are_told_apart(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(len(DATA)) == DATA
        await other.write(DATA)
        assert await one.take(len(DATA)) == DATA[:4]

    run(endpoints, toxics.ResetPeer(4, BINDER).on, test)


def test_a_limit_closes_after_exactly_so_many_bytes(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(len(DATA)) == DATA[:300]
        await one.end()
        assert other.ended == CLOSED
        one, other = await line.connect()
        await one.write(DATA)
        assert await other.take(len(DATA)) == DATA

    run(endpoints, toxics.LimitData(300, CONNECTOR).on, test)


def test_a_slow_close_comes_when_it_is_set_free(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(b"last")
        one.finish()
        assert await other.take(4) == b"last"
        again, met = await line.connect()
        await again.write(b"marker")
        assert await met.take(6) == b"marker"
        assert other.ended == ""
        free.set()
        await other.end()
        assert not ended.is_set()
        other.finish()
        await one.end()
        assert ended.is_set()

    free, ended = asyncio.Event(), asyncio.Event()
    run(endpoints, toxics.SlowClose(free, ended).on, test)


GREETED = bytes(64)


def test_a_first_frame_waits_for_what_follows(endpoints: tuple[str, str]) -> None:
    """Reads are bigger than all of it, so one read has what was one write."""

    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(GREETED + b"\x04\x03abc")
        assert await other.take(64) == GREETED
        await other.write(GREETED + b"\x04\x03def")
        assert await one.take(69) == GREETED + b"\x04\x03def"
        assert other.waiting == b""
        await one.write(b"\x00\x00")
        assert await other.take(1) == b"\x04"
        assert other.waiting == b"\x03abc\x00\x00"
        await one.write(b"\x00\x01x")
        assert await other.take(9) == b"\x03abc\x00\x00\x00\x01x"

    run(endpoints, toxics.Coalesce(CONNECTOR, PATIENCE).on, test)


def test_a_first_frame_that_nothing_follows_passes_in_the_end(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        for finishes in (True, False):
            one, other = await line.connect()
            await one.write(GREETED + b"\x04\x03abc")
            if finishes:
                one.finish()
            assert await other.take(69) == GREETED + b"\x04\x03abc"

    run(endpoints, toxics.Coalesce(CONNECTOR, 0.05).on, test)


def test_a_black_hole_swallows_everything_from_when_it_begins(endpoints: tuple[str, str]) -> None:
    async def test(line: Line) -> None:
        one, other = await line.connect()
        await one.write(b"passed")
        assert await other.take(6) == b"passed"
        begun.set()
        assert not ended.is_set()
        await one.write(b"vanished")
        await other.write(b"vanished too")
        other.finish()
        await ended.wait()
        again, met = await line.connect()
        await again.write(b"marker")
        assert await met.take(6) == b"marker"
        assert (one.waiting, other.waiting, one.ended, other.ended) == (b"", b"", "", "")

    begun, ended = asyncio.Event(), asyncio.Event()
    run(endpoints, toxics.Blackhole(begun, ended).on, test)
