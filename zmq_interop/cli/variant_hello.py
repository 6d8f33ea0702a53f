"""Builds a variant of a peer and asks its agent what it can do: what a version lacks is not written down anywhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import msgspec

from zmq_interop.agents.variant import Other
from zmq_interop.cli import smoke_play
from zmq_interop.core.peer import OPERATIONS, Peer
from zmq_interop.run import run_folder
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.smoke import greeting, unlocks
from zmq_interop.smoke.play import AgentHost
from zmq_interop.smoke.rules import Way
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.stdio import show
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace


def heard(
    peer: Peer, libraries: Iterable[Other], runtime: str, protos: ProtoSet, space: Workspace, *, install: bool
) -> Peer:
    """The variant with the claims of its own Hello: cells that its library cannot play are unsupported.

    libraries: what was chosen. runtime: "process" or "container". install: whether what its build needs may be
    installed. Raises PeerBroken if it cannot be built or started, or does not have the requested version.
    """
    runtimes = smoke_play.runtimes(runtime, protos, space, install)
    run_place = run_folder.make(smoke_play.apart(space), "stdio")
    try:
        stage = AgentHost(peer, {Way.SHARED: runtimes[Way.SHARED]}, run_place, protos.digest)
        hello = asyncio.run(greeting.hear(stage, say))
    finally:
        run_folder.remove(run_place)
    has = {one.name: one.version for one in hello.libraries}
    for one in libraries:
        told = has.get(one.name, "")
        if one.name and not one.is_there(told):
            raise PeerBroken(
                peer.name,
                f"{one} was selected, but the agent's Hello says {one.name} {told or 'is not there'}",
                f"check that this is a version's name; the build is in {peer.folder}",
            )
    claims = unlocks.claims(hello, [one for one in OPERATIONS if one in hello.operations])
    return msgspec.structs.replace(peer, manifest=msgspec.structs.replace(peer.require(), claims=claims))


def say(text: str) -> None:
    """Shows a line of progress on stderr."""
    show("\n".join(fenced(text)), sys.stderr)
