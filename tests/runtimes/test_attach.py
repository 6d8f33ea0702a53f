"""Streams of containers: taken apart whatever the cut, by the loop or by threads, with or without the other side."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from zmq_interop.agents.runtimes import docker_attach, exit_reason
from zmq_interop.agents.runtimes.docker_attach import STDERR, STDOUT, Demultiplexer, ThreadStream
from zmq_interop.agents.runtimes.streams import ControlSocket, LoopStream, Stream


def frame(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxI", stream, len(data)) + data


@pytest.mark.parametrize("cut", [1, 2, 7, 8, 9, 100_000])
def test_demultiplexer(cut: int) -> None:
    big = os.urandom(5000)
    whole = frame(STDOUT, b"a") + frame(STDERR, b"") + frame(STDERR, b"log") + frame(STDOUT, big) + frame(STDOUT, b"z")
    demultiplexer, found = Demultiplexer(), {STDOUT: b"", STDERR: b""}
    for at in range(0, len(whole), cut):
        for stream, piece in demultiplexer.feed(whole[at : at + cut]):
            found[stream] += piece
    assert found == {STDOUT: b"a" + big + b"z", STDERR: b"log"}


class Sink:
    def __init__(self) -> None:
        self.data = b""
        self.over = asyncio.Event()

    def received(self, data: bytes) -> None:
        self.data += data

    def ended(self) -> None:
        assert not self.over.is_set()
        self.over.set()


async def echo(far: socket.socket) -> bytes:
    """The other side: writes back what it reads, until the end."""
    far.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=far)
    data = await reader.read()
    writer.write(data)
    writer.close()
    await writer.wait_closed()
    return data


@pytest.mark.parametrize("threads", [False, True])
def test_both_ways_with_a_half_close(threads: bool) -> None:
    sent = os.urandom(3 << 20)

    async def run() -> None:
        near, far = socket.socketpair()
        sink = Sink()
        stream: Stream
        if threads:
            stream = ThreadStream(near, sink.received, sink.ended)
        else:
            stream = await docker_attach.serve(near, sink.received, sink.ended)
            assert isinstance(stream, LoopStream)
        answering = asyncio.ensure_future(echo(far))
        stream.write(sent[:10])
        stream.write(sent[10:])
        stream.end()
        async with asyncio.timeout(10):
            await sink.over.wait()
        assert sink.data == sent == await answering
        stream.write(b"nobody is there")
        stream.end()
        stream.close()
        stream.close()
        near.close()

    asyncio.run(run())


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder) / "c-0.sock"


def test_control_socket(path: Path) -> None:
    async def run() -> None:
        sink = Sink()
        control: Stream = ControlSocket(path, sink.received, sink.ended)
        assert isinstance(control, ControlSocket)
        await control.listen()
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        control.write(b"written ahead")
        with socket.socket(socket.AF_UNIX) as stranger:
            with socket.socket(socket.AF_UNIX) as agent:
                agent.connect(str(path))
                stranger.connect(str(path))
                stranger.setblocking(False)
                loop = asyncio.get_running_loop()
                agent.setblocking(False)
                assert await loop.sock_recv(agent, 100) == b"written ahead"
                assert control.called
                assert not path.exists()
                await loop.sock_sendall(agent, b"answer")
                control.end()
                assert await loop.sock_recv(agent, 100) == b""
            await sink.over.wait()
        assert sink.data == b"answer"
        control.close()

    asyncio.run(run())


def test_control_socket_on_which_nobody_calls(path: Path) -> None:
    async def run() -> None:
        sink = Sink()
        control = ControlSocket(path, sink.received, sink.ended)
        await control.listen()
        control.end()
        control.close()
        assert not path.exists()
        assert not control.called
        assert not sink.over.is_set()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "out_of_memory", "shown"),
    [
        (0, False, "exited with 0"),
        (127, False, "exited with 127"),
        (137, False, "killed by SIGKILL"),
        (139, False, "killed by SIGSEGV"),
        (134, False, "killed by SIGABRT"),
        (137, True, "killed by SIGKILL, out of memory (mem_limit in compose.yaml)"),
        (1, True, "exited with 1"),
        (255, False, "exited with 255"),
        (-1, False, "ended, and the runtime does not know how"),
    ],
)
def test_exit_codes(code: int, out_of_memory: bool, shown: str) -> None:
    assert str(exit_reason.ended(code, out_of_memory)) == shown
