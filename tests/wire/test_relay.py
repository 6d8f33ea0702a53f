"""The relay on real sockets, over tcp and ipc: what passes, in which order, and how connections end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from zmq_interop.core.transcript import BINDER, CLOSED, CONNECTOR, RESET
from zmq_interop.system import scratch
from zmq_interop.system.errors import UsageError
from zmq_interop.wire import relay
from zmq_interop.wire.recorder import Budget, Recorder
from zmq_interop.wire.relay import Relay

PATIENCE = 60.0  # seconds; a test that works needs none of them


class Notes:
    """An observer that keeps everything."""

    def __init__(self) -> None:
        self.data = {CONNECTOR: bytearray(), BINDER: bytearray()}
        self.came = asyncio.Event()
        self.ends: list[tuple[int, str]] = []
        self.nobody = ""
        self.over = asyncio.Event()

    def passed(self, side: int, data: bytes) -> None:
        self.data[side] += data
        self.came.set()

    def ended(self, side: int, how: str) -> None:
        self.ends.append((side, how))
        if len(self.ends) == 2 or how == RESET:
            self.over.set()

    def refused(self, why: str) -> None:
        self.nobody = why
        self.over.set()


class Linked(NamedTuple):
    """A relay with its listener behind it. notes: of each connection."""

    relay: Relay
    listener: socket.socket
    notes: list[Notes]

    async def connect(self) -> tuple[socket.socket, socket.socket]:
        """A connection through the relay: both ends."""
        loop = asyncio.get_running_loop()
        one = socket.socket(self.listener.family)
        one.setblocking(False)
        await loop.sock_connect(one, address(self.relay.endpoint))
        other, _ = await loop.sock_accept(self.listener)
        other.setblocking(False)
        return one, other


def address(endpoint: str) -> str | tuple[str, int]:
    if endpoint.startswith("ipc://"):
        return endpoint.removeprefix("ipc://")
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need it."""
    made = scratch.make(Path())
    yield made
    scratch.remove(made)


@pytest.fixture(params=["tcp", "ipc"])
def endpoints(request: pytest.FixtureRequest, folder: Path) -> tuple[str, str]:
    """Where the relay listens, and what it forwards to."""
    if request.param == "ipc":
        return f"ipc://{folder}/relay", f"ipc://{folder}/bound"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "tcp://127.0.0.1:*", f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def listening(endpoint: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX if endpoint.startswith("ipc") else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    listener.bind(address(endpoint))
    listener.listen()
    return listener


def linked(endpoints: tuple[str, str], test: Callable[[Linked], Awaitable[None]]) -> None:
    """Runs a test on a relay that listens, with a listener behind it."""

    async def main() -> None:
        notes: list[Notes] = []

        def observe() -> Notes:
            notes.append(Notes())
            return notes[-1]

        made = Relay(*endpoints, observe)
        made.open()
        with listening(endpoints[1]) as listener:
            try:
                async with asyncio.timeout(PATIENCE):
                    await test(Linked(made, listener, notes))
            finally:
                await made.close()
        assert made.failed == ""

    asyncio.run(main())


async def take(end: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        taken += await asyncio.get_running_loop().sock_recv(end, size - len(taken)) or pytest.fail("it ended early")
    return taken


def test_bytes_pass_both_ways_unchanged(endpoints: tuple[str, str]) -> None:
    async def test(link: Linked) -> None:
        loop = asyncio.get_running_loop()
        one, other = await link.connect()
        with one, other:
            await loop.sock_sendall(one, b"there")
            assert await take(other, 5) == b"there"
            await loop.sock_sendall(other, b"and back")
            assert await take(one, 8) == b"and back"
        (notes,) = link.notes
        await notes.over.wait()
        assert notes.data == {CONNECTOR: b"there", BINDER: b"and back"}

    linked(endpoints, test)


def test_a_half_closed_connection_stays_half_open(endpoints: tuple[str, str]) -> None:
    async def test(link: Linked) -> None:
        loop = asyncio.get_running_loop()
        one, other = await link.connect()
        with one, other:
            await loop.sock_sendall(one, b"last")
            one.shutdown(socket.SHUT_WR)
            assert await take(other, 4) == b"last"
            assert await loop.sock_recv(other, 1) == b""
            await loop.sock_sendall(other, b"x" * 100_000)
            assert len(await take(one, 100_000)) == 100_000
            other.shutdown(socket.SHUT_WR)
            assert await loop.sock_recv(one, 1) == b""
        (notes,) = link.notes
        await notes.over.wait()
        assert notes.ends == [(CONNECTOR, CLOSED), (BINDER, CLOSED)]

    linked(endpoints, test)


def test_a_sender_is_held_back_when_nobody_reads(endpoints: tuple[str, str]) -> None:
    """What is in the relay is bounded: the sender's system buffer fills up, as without a relay."""

    async def test(link: Linked) -> None:
        loop = asyncio.get_running_loop()
        one, other = await link.connect()
        for end in (one, other):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        size = 24 << 20
        with one, other:
            sending = loop.create_task(loop.sock_sendall(one, bytes(size)))
            (notes,) = link.notes
            seen = -1
            while seen != len(notes.data[CONNECTOR]):  # until nothing moves any more
                seen = len(notes.data[CONNECTOR])
                await asyncio.sleep(0.5)
            assert not sending.done()
            assert seen < size
            read = 0
            while read < size:
                read += len(await loop.sock_recv(other, 1 << 20))
            await sending

    linked(endpoints, test)


def test_a_reset_is_passed_on(endpoints: tuple[str, str]) -> None:
    if endpoints[0].startswith("ipc"):
        pytest.skip("unix(7) has no reset: a socket is closed")

    async def test(link: Linked) -> None:
        loop = asyncio.get_running_loop()
        one, other = await link.connect()
        with other:
            await loop.sock_sendall(one, b"abc")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, relay._NO_LINGER)
            (notes,) = link.notes
            await notes.came.wait()  # a reset may discard what its own side has not delivered
            one.close()
            await notes.over.wait()
            assert notes.ends == [(CONNECTOR, RESET)]
            assert await take(other, 3) == b"abc"
            with pytest.raises(ConnectionResetError):
                await loop.sock_recv(other, 1)

    linked(endpoints, test)


def test_it_refuses_until_it_is_opened_and_when_nobody_is_behind_it(endpoints: tuple[str, str]) -> None:
    async def refused(endpoint: str) -> bool:
        with socket.socket(socket.AF_UNIX if endpoint.startswith("ipc") else socket.AF_INET) as one:
            one.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(one, address(endpoint))
            except (ConnectionRefusedError, FileNotFoundError):
                return True
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.get_running_loop().sock_recv(one, 1) == b""
            return False

    async def main() -> None:
        notes = Notes()
        made = Relay(*endpoints, lambda: notes)
        where = made.endpoint
        assert await refused(where)
        made.open()
        assert not await refused(where)  # it accepts, and finds out
        await notes.over.wait()
        assert notes.nobody.startswith(endpoints[1])
        assert await refused(where)
        made.open()
        assert made.endpoint == where
        with listening(endpoints[1]) as listener:
            one, other = await Linked(made, listener, []).connect()
            one.close()
            other.close()
        await made.close()
        await made.close()
        assert await refused(where)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))
    if endpoints[0].startswith("ipc"):
        assert not Path(endpoints[0].removeprefix("ipc://")).exists()


@pytest.mark.parametrize("endpoint", ["inproc://a", "tcp://127.0.0.1", "tcp://127.0.0.1:http", f"ipc:///{'a' * 107}"])
def test_an_endpoint_that_it_cannot_take_is_wrong_usage(endpoint: str) -> None:
    async def main() -> None:
        Relay("tcp://127.0.0.1:*", endpoint, Notes)

    with pytest.raises(UsageError):
        asyncio.run(main())


def test_what_is_recorded_is_bounded_and_the_rest_is_counted() -> None:
    time = iter(range(1000))
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)
    recorder = Recorder("a", "b", lambda: next(time), budget := Budget(most=20_000, segments=6))
    recorder.passed(BINDER, greeting)
    recorder.passed(CONNECTOR, greeting + b"\x02" + (10_000).to_bytes(8, "big") + b"x" * 10_000 + b"\x00\x01y")
    for _ in range(10):
        recorder.passed(CONNECTOR, b"\x00\x01z")
    recorder.ended(CONNECTOR, CLOSED)
    connection = recorder.connection()
    assert connection.size(CONNECTOR) == 64 + 9 + 10_000 + 3 + 30
    (_, second, *rest) = connection.segments
    assert second.holes == [(64 + 9 + 4096, 10_000 - 4096)]
    assert second.data.endswith(b"\x00\x01y")
    assert [one.size for one in rest] == [3, 3, 3, 3, 18]
    assert rest[-1].holes == [(0, 18)]
    assert budget.segments == 0


@pytest.mark.parametrize("pieces", [[14_000], [64, 26, 5000, 9000], [4000, 4000, 6000], [1] * 4100 + [9900]])
def test_what_is_kept_of_a_frame_depends_on_no_split(pieces: list[int]) -> None:
    """Small frames, then one whose first 4,096 bytes are kept, then a small one."""
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)
    small = b"\x00\x60" + bytes(96)
    sent = greeting + small * 35 + b"\x02" + (10_000).to_bytes(8, "big") + b"x" * 10_000 + b"\x00\x01y"
    recorder = Recorder("a", "b", lambda: 0, Budget(segments=10_000))
    recorder.passed(BINDER, greeting)
    place = 0
    for size in pieces:
        recorder.passed(CONNECTOR, sent[place : place + size])
        place += size
    connection = recorder.connection()
    kept = b"".join(one.data for one in connection.segments if one.side == CONNECTOR)
    assert kept == sent[: -3 - (10_000 - 4096)] + b"\x00\x01y"
    assert connection.size(CONNECTOR) == len(sent)


def test_a_recording_that_fails_is_told(endpoints: tuple[str, str]) -> None:
    class Full(Notes):
        def passed(self, side: int, data: bytes) -> None:
            raise MemoryError("no room")

    async def main() -> None:
        made = Relay(*endpoints, Full)
        made.open()
        with listening(endpoints[1]) as listener:
            async with asyncio.timeout(PATIENCE):
                one, other = await Linked(made, listener, []).connect()
                with one, other:
                    await asyncio.get_running_loop().sock_sendall(one, b"data")
                    with contextlib.suppress(OSError):
                        assert await asyncio.get_running_loop().sock_recv(one, 1) == b""
            await made.close()
        assert made.failed == f"the relay at {made.endpoint} lost a connection: MemoryError: no room"

    asyncio.run(main())
