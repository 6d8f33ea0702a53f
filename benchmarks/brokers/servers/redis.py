"""Redis, as Debian has it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.brokers import debian
from benchmarks.brokers.servers.server import Brought, Program, Server, Site
from zmq_interop.peers.requirements import version_in
from zmq_interop.system import commands
from zmq_interop.system.workspace import Workspace

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir {folder}
save ""
"""
_SAFE = """\
appendonly yes
appendfsync always
"""


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:
    """That of the system, or of Debian's package."""
    program = shutil.which("redis-server")
    if program is None:
        program = str(await debian.bring(["redis-server"], space, say) / "usr/bin/redis-server")
    told = await commands.run([program, "--version"], env=_variables(Path(program)))
    return Brought(f"Redis {version_in(told.output)}", Path(program))


def plan(brought: Brought, site: Site) -> Server:
    """One server; where it is safe, each write is on disk before its answer."""
    port, file = site.port(), site.disk / "redis.conf"
    text = _CONFIGURATION.format(port=port, folder=site.disk) + (_SAFE if site.safe else "")
    program = Program(
        "redis-server", (str(brought.home), str(file)), f"tcp://127.0.0.1:{port}", _variables(brought.home)
    )
    return Server({file: text}, (program,), {"port": str(port)})


def _variables(program: Path) -> dict[str, str]:
    return dict(debian.environment(program.parents[2]))
