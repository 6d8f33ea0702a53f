"""dbus-daemon, with a bus of its own."""

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
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:
    """That of the system, or of Debian's package."""
    program = shutil.which("dbus-daemon")
    if program is None:
        root = await debian.bring(["dbus-daemon"], space, say)
        program = str(root / "usr/bin/dbus-daemon")
    env = debian.environment(Path(program).parents[2])
    told = await commands.run([program, "--version"], env=env)
    return Brought(f"dbus-daemon {version_in(told.output)}", Path(program))


def plan(brought: Brought, site: Site) -> Server:
    """A session bus without services."""
    socket, file = site.sockets / "bus", site.disk / "bus.conf"
    command = (str(brought.home), "--nofork", "--nopidfile", f"--config-file={file}")
    variables = debian.environment(brought.home.parents[2]) if (brought.home.parents[2] / ".whole").exists() else {}
    return Server(
        {file: _CONFIGURATION.format(socket=socket)},
        (Program("dbus-daemon", command, f"ipc://{socket}", variables),),
        {"bus": f"unix:path={socket}"},
    )
