"""Measures one system in one setting: its server is started, its ends are connected, and all of it is ended again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.bench import NotMeasured
from benchmarks.brokers import lines, losses, turns
from benchmarks.brokers.ends import Pair, Tools
from benchmarks.brokers.results import SIZES, Lines, Result
from benchmarks.brokers.running import Running, mebibytes
from benchmarks.brokers.servers.server import Brought, Server, Site
from benchmarks.brokers.systems import Setting, System
from benchmarks.brokers.turns import Effort
from zmq_interop.agents.runtimes import loopback
from zmq_interop.programs.running import PORTS
from zmq_interop.system import scratch

_CLIENTS = Path(__file__).parent / "clients"


class Bench(NamedTuple):
    """What all rows share. disk: below which each server has its own folder."""

    tools: Tools
    effort: Effort
    disk: Path
    say: Callable[[str], None]


class Up(NamedTuple):
    """A system that runs. folder: its own."""

    pair: Pair
    running: Running
    server: Server
    folder: Path


@asynccontextmanager
async def up(bench: Bench, system: System, setting: Setting, brought: Brought) -> AsyncIterator[Up]:
    """Its server, and both its ends, as long as the body runs. Raises NotMeasured."""
    with scratch.folder() as sockets:
        folder = scratch.make(bench.disk)
        try:
            disk = folder / "server"
            disk.mkdir()
            server = system.plan(brought, Site(disk, sockets, _port, setting.safe))
            running = Running(server, disk)
            pair = Pair(system, setting, server.address, bench.tools, folder)
            try:
                await running.start()
                await pair.open()
                yield Up(pair, running, server, folder)
            finally:
                try:
                    await pair.close()
                finally:
                    await running.stop()
        finally:
            scratch.remove(folder)


def _port() -> int:
    return loopback.free_port(loopback.FIRST, PORTS)


async def row(bench: Bench, system: System, setting: Setting, brought: Brought, reference: Pair) -> Result:
    """All figures of one row, or the reason why it has none."""
    empty = Result(
        system=system.name, title=system.title, setting=setting.name, what=setting.what, server=brought.version
    )
    try:
        async with up(bench, system, setting, brought) as now:
            return await _measure(bench, empty, now, reference)
    except NotMeasured as reason:
        return msgspec.structs.replace(empty, reason=str(reason))


async def _measure(bench: Bench, empty: Result, now: Up, reference: Pair) -> Result:
    pair, effort = now.pair, bench.effort
    p50, p99 = await turns.latencies(pair, reference, effort)
    speeds = tuple([await turns.speeds(pair, reference, effort, size) for size in SIZES])
    found = msgspec.structs.replace(
        empty,
        versions=dict(pair.versions),
        lines=set_up(pair.system, now.server),
        p50=p50,
        p99=p99,
        speeds=speeds,
        server_memory=mebibytes(now.running.pids),
        client_memory=mebibytes(pair.pids),
        again=pair.again,
    )
    if pair.system.one_process:
        return found  # whoever kills one end kills both
    receiver = await losses.receiver_killed(pair, effort, now.folder)
    broker = None
    if now.server.programs:
        if receiver.reason:  # its ends may be anywhere
            await pair.close()
            await pair.open()
        broker = await losses.broker_killed(pair, now.running, effort, now.folder)
    return msgspec.structs.replace(found, receiver_killed=receiver, broker_killed=broker)


def set_up(system: System, server: Server) -> Lines:
    """Counts what is there: the client's module, and the configuration of this very server."""
    code = lines.of_code((_CLIENTS / f"{system.module}.py").read_text())
    written = [text for path, text in server.files.items() if path.parent.name != "bin"]
    return Lines(code, lines.of_configuration(written, len(server.programs)))
