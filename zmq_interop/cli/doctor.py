"""`interop doctor`: builds and starts every peer in every runtime, and prints the results on one screen."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import Callable, Mapping, Sequence

import msgspec

from zmq_interop.agents.runtimes.base import RunPlace, Runtime
from zmq_interop.core.peer import Peer
from zmq_interop.peers import boundary, manifest
from zmq_interop.run import run_folder
from zmq_interop.schemas import gather
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import home
from zmq_interop.system.errors import Exit, InteropError, PeerBroken
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

_GRACE = 10.0  # seconds, as in a run
_ENGINE_HINT = f"start Docker, or use a private engine: `{home.WITH_ENGINE} {home.COMMAND} doctor`"


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One peer in one runtime. libraries: name -> version at run time. problem: why it does not run there."""

    peer: str
    runtime: str
    language: str = ""
    libraries: dict[str, str] = {}
    problem: InteropError | None = None


async def examine(
    peers: Mapping[str, Peer],
    runtimes: Sequence[Runtime],
    proto_digest: str,
    run_place: RunPlace,
    say: Callable[[str], None],
) -> list[Examined]:
    """Builds and starts each peer in each runtime and reads its Hello; ordered by peer, then by runtime."""
    opened = await asyncio.gather(*(_open(runtime, run_place) for runtime in runtimes))
    try:
        return await asyncio.gather(
            *(
                # Numbered, because instances of both runtimes share one folder for sockets and logs.
                _examine(peer, f"{peer.name}-{number}", runtime, problem, proto_digest, say)
                for peer in peers.values()
                for number, (runtime, problem) in enumerate(zip(runtimes, opened, strict=True), 1)
            )
        )
    finally:
        for runtime in runtimes:
            await runtime.close()


async def _open(runtime: Runtime, run_place: RunPlace) -> InteropError | None:
    try:
        await runtime.open(run_place)
    except InteropError as error:
        return error
    return None


async def _examine(
    peer: Peer, name: str, runtime: Runtime, problem: InteropError | None, proto_digest: str, say: Callable[[str], None]
) -> Examined:
    from zmq_interop.run.engine import instance  # needs the compiled protos

    try:
        if problem:
            raise problem
        peer.require()
        with boundary.on(peer.name):
            await runtime.prepare(peer, say)
        agent = await instance.begin(runtime, peer, name, instance.Slot(peer.name, 0), proto_digest, _GRACE)
        await agent.stop()
    except InteropError as error:
        return Examined(peer=peer.name, runtime=runtime.name, problem=error)
    seen = agent.seen
    return Examined(peer=peer.name, runtime=runtime.name, language=seen.language, libraries=seen.libraries)


def render(peers: Mapping[str, Peer], found: Sequence[Examined], engine: str, no_engine: bool) -> list[str]:
    """The lines of the screen.

    engine: a description of the Docker engine. no_engine: whether none answers, so that containers were not tried.
    """
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    lines = [here, engine, *([f"  to have one: {_ENGINE_HINT}"] if no_engine else [])]
    for name, peer in peers.items():
        lines += ["", f"{name}: {peer.manifest.summary or peer.manifest.language if peer.manifest else 'unusable'}"]
        for one in (one for one in found if one.peer == name):
            lines += _lines(one)
        if no_engine:
            lines.append("  container  no   no engine")
    unplayable = [name for name in peers if name in blocked(peers, found)]
    verdict = f"cannot be played here: {', '.join(unplayable)}" if unplayable else "every peer can be played here"
    return [*lines, "", verdict]


def blocked(peers: Mapping[str, Peer], found: Sequence[Examined]) -> set[str]:
    """The peers that cannot be played in any runtime."""
    return set(peers) - {one.peer for one in found if one.problem is None}


def _lines(one: Examined) -> list[str]:
    if one.problem is None:
        libraries = ", ".join(f"{name} {version}" for name, version in one.libraries.items())
        return [f"  {one.runtime:<9}  yes  {one.language}: {libraries}"]
    detail = one.problem.detail.splitlines() if isinstance(one.problem, PeerBroken) else []
    text = [*one.problem.message.splitlines(), *(f"| {line}" for line in detail[-5:]), *one.problem.hint.splitlines()]
    return [f"  {one.runtime:<9}  no   {text[0]}", *(f"                 {line.strip()}" for line in text[1:])]


def main(space: Workspace, *, install: bool) -> int:
    """Examines all peers below peers/ and prints the screen.

    space: where they are built. install: whether what a build needs may be installed. Returns 0 when every peer can be
    played in some runtime.
    """
    shared = gather.gather(space.snapshots).protos
    peers = manifest.discover()
    runtimes, engine, no_engine = _runtimes(shared, space, install)
    run_place = run_folder.make(space.apart("examinations", "last-examination"))
    try:
        found = asyncio.run(examine(peers, runtimes, shared.digest, run_place, _say))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    finally:
        run_folder.remove(run_place)
    print("\n".join(one for line in render(peers, found, engine, no_engine) for one in fenced(line)))
    return Exit.BROKEN if blocked(peers, found) else Exit.OK


def _runtimes(shared: ProtoSet, space: Workspace, install: bool) -> tuple[list[Runtime], str, bool]:
    from zmq_interop.agents.runtimes import docker_daemon
    from zmq_interop.agents.runtimes.process import ProcessRuntime

    runtimes: list[Runtime] = [ProcessRuntime(shared, space, install=install)]
    found = docker_daemon.find()
    if found.engine is not None:
        from zmq_interop.agents.runtimes.container import ContainerRuntime

        runtimes.append(ContainerRuntime(shared, space, engine=found.engine))
    return runtimes, found.reason, found.engine is None


def _say(text: str) -> None:
    print("\n".join(fenced(text)), file=sys.stderr, flush=True)
