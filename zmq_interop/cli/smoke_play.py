"""Implements `interop smoke`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.runtimes.base import Runtime
from zmq_interop.peers import manifest
from zmq_interop.run import run_folder
from zmq_interop.schemas import gather
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.smoke import play, report, unlocks
from zmq_interop.smoke.rules import Way
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace


def main(wanted: str, command: Sequence[str], runtime: str, space: Workspace, *, install: bool) -> int:
    """Checks one agent against the contract, prints the report and returns the exit code.

    wanted: a peer's name, or a value for `--peer`; "" for a bare `command`. runtime: "process", "container", or "" for
    a process if possible. install: whether to install build requirements. Raises InteropError.
    """
    if command and runtime == "container":
        raise UsageError("a bare command always runs as a process", "omit --runtime, or name a peer or an image")
    shared = gather.gather(space.snapshots).protos
    peer = outside.find(wanted, manifest.discover()) if wanted else play.bare(command)
    peer.require()
    runtime = runtime or ("container" if peer.image else "process")
    run_place = run_folder.make(apart(space))
    try:
        stage = play.AgentHost(
            peer, runtimes(runtime, shared, space, install), run_place, shared.digest, is_bare=not wanted
        )
        played = asyncio.run(_play(stage))
    finally:
        run_folder.remove(run_place)
    unlocked = None
    if played.hello:
        unlocked = unlocks.find(scenarios.load(), unlocks.claims(played.hello, played.done))
    name = peer.name if wanted else " ".join(command)
    show("\n".join(one for line in report.render(name, played, unlocked) for one in fenced(line)))
    return Exit.OK if played.good else Exit.FAILED


def apart(space: Workspace) -> Workspace:
    """The workspace with logs of agents that are no run's."""
    return space.apart("smokes", "last-smoke")


def runtimes(name: str, shared: ProtoSet, space: Workspace, install: bool) -> dict[Way, Runtime]:
    """The runtimes, by the control channel that they give agents. Containers have only one kind."""
    if name == "container":
        from zmq_interop.agents.runtimes.container import ContainerRuntime

        one: Runtime = ContainerRuntime(shared, space)
        return {Way.SHARED: one, Way.ALONE: one}
    from zmq_interop.agents.runtimes.process import ProcessRuntime

    by_stdio, by_socket, nowhere = (ProcessRuntime(shared, space, install=install) for _ in range(3))
    return {Way.SHARED: by_stdio, Way.ALONE: by_stdio, Way.SOCKET: by_socket, Way.UNREACHABLE: nowhere}


async def _play(stage: play.AgentHost) -> play.Played:
    try:
        await stage.prepare(_say)
        return await play.Player(stage).play()
    finally:
        await stage.close()


def _say(text: str) -> None:
    show("\n".join(fenced(text)), sys.stderr)
