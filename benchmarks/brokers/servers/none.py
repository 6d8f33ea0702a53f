"""Systems without a server: their receiver listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.brokers.servers.server import Brought, Server, Site
from zmq_interop.system.workspace import Workspace


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:  # noqa: ARG001 (Module's signature)
    """There is nothing to bring."""
    return Brought("", Path())


def tcp(_: Brought, site: Site) -> Server:
    """An endpoint of ZeroMQ over tcp."""
    return Server({}, (), {"endpoint": f"tcp://127.0.0.1:{site.port()}"})


def ipc(_: Brought, site: Site) -> Server:
    """An endpoint over ipc."""
    return Server({}, (), {"endpoint": f"ipc://{site.sockets}/jobs"})


def inproc(_: Brought, __: Site) -> Server:
    """An endpoint within one process."""
    return Server({}, (), {"endpoint": "inproc://jobs"})


def grpc(_: Brought, site: Site) -> Server:
    """A target of gRPC."""
    return Server({}, (), {"target": f"127.0.0.1:{site.port()}"})
