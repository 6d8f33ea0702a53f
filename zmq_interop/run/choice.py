"""Which runtime each peer gets, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from zmq_interop.agents.runtimes.base import RunPlace, Runtime
from zmq_interop.core.features import RUNTIMES
from zmq_interop.core.peer import Peer
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import comma_list, near
from zmq_interop.system.errors import UsageError
from zmq_interop.system.workspace import Workspace

if TYPE_CHECKING:
    from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, Found


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """runtimes: peer -> "process" or "container". why: the reason, one line. engine: the Docker engine that was found,
    for `make`."""

    runtimes: dict[str, str]
    why: str
    engine: DockerDaemon | None = None

    @property
    def mixed(self) -> bool:
        """Whether the run has both containers and processes."""
        return len(set(self.runtimes.values())) > 1


def choose(wish: str, peers: Mapping[str, Peer], beside: str = "") -> Choice:
    """Chooses the runtime of each peer.

    wish: "auto", a runtime's name, or "c=container,go=process" (others get `auto`). Under `auto`, a peer that is an
    image always gets a container; if no engine answers, its cells are broken. beside: what runs as processes of this
    machine and must be reached, if anything: `auto` then chooses processes. Raises UsageError.
    """
    if wish in RUNTIMES:
        return Choice(runtimes=dict.fromkeys(peers, wish), why=f"{_many(wish)}, as asked")
    named = _parse(wish, peers) if wish != "auto" else {}
    rest = [peer for peer in peers if peer not in named]
    name, asked = _auto(beside) if rest else ("", None)
    runtimes = {peer: named.get(peer, "container" if one.image else name) for peer, one in peers.items()}
    if wish == "auto":
        assert asked
        images = "".join(f"; {peer}: an image" for peer, runtime in runtimes.items() if runtime != name)
        return Choice(runtimes=runtimes, why=f"{_many(name)}: {asked.reason}{images}", engine=asked.engine)
    shown = ", ".join(
        f"{peer} {'in a container' if runtime == 'container' else 'as a process'}" for peer, runtime in runtimes.items()
    )
    return Choice(
        runtimes=runtimes,
        why=f"{shown}, as asked" + (f"; the rest because {asked.reason}" if asked else ""),
        engine=asked.engine if asked else None,
    )


def _parse(wish: str, peers: Mapping[str, Peer]) -> dict[str, str]:
    named: dict[str, str] = {}
    for part in comma_list.parse(wish, "--runtime"):
        peer, equals, runtime = part.partition("=")
        if not equals or runtime not in RUNTIMES:
            raise UsageError(
                f"--runtime {wish}: {part!r} is not valid",
                "use auto, process, container, or PEER=RUNTIME[,PEER=RUNTIME...]",
            )
        if peer not in peers:
            raise UsageError(
                f"--runtime {wish}: there is no peer {peer!r} in this run",
                near.hint(peer, peers, f"peers: {', '.join(peers)}"),
            )
        named[peer] = runtime
    return named


def _many(name: str) -> str:
    return "containers" if name == "container" else "processes"


def _auto(beside: str) -> tuple[str, Found]:
    from zmq_interop.agents.runtimes import docker_daemon

    if beside:
        return "process", docker_daemon.Found(
            engine=None, reason=f"{beside} runs as a process, which no container reaches"
        )
    found = docker_daemon.find()
    return ("container" if found.engine else "process"), found


def make(choice: Choice, protos: ProtoSet, space: Workspace, install: bool, wire: bool = False) -> dict[str, Runtime]:
    """One runtime object per chosen name, shared by its peers. In a mixed run, processes bind to an address that
    containers can reach, which is known once the containers' network exists. wire: cells are played through relays."""
    runtimes: dict[str, Runtime] = {}
    names = set(choice.runtimes.values())
    if "container" in names:
        from zmq_interop.agents.runtimes.container import ContainerRuntime

        runtimes["container"] = ContainerRuntime(
            protos, space, share_with_host=choice.mixed, engine=choice.engine, wire=wire
        )
    elif choice.engine is not None:  # no peer that needs it plays
        choice.engine.close()
    if "process" in names:
        from zmq_interop.agents.runtimes.process import ProcessRuntime

        runtimes["process"] = ProcessRuntime(protos, space, install=install)
    return runtimes


async def open_all(runtimes: Mapping[str, Runtime], place: RunPlace) -> None:
    """Opens the runtimes for one run; the containers' runtime gives processes an address that containers can reach."""
    containers = runtimes.get("container")
    if containers is not None:
        await containers.open(place)
    processes = runtimes.get("process")
    if processes is not None:
        if containers is not None and containers.gateway:
            processes.host = containers.gateway
        await processes.open(place)


def by_peer(choice: Choice, runtimes: Mapping[str, Runtime]) -> dict[str, Runtime]:
    """The runtime object of each peer, by name."""
    return {peer: runtimes[name] for peer, name in choice.runtimes.items()}


def features(wish: str, peers: Mapping[str, Peer], beside: str = "") -> dict[str, frozenset[str]]:
    """The optional host capabilities of each peer's runtime (zmq_interop/core/features.py). beside: as for `choose`.

    Raises UsageError.
    """
    from zmq_interop.agents.runtimes.container import ContainerRuntime
    from zmq_interop.agents.runtimes.process import ProcessRuntime

    choice = choose(wish, peers, beside)
    if choice.engine is not None:
        choice.engine.close()
    of = {runtime.name: runtime.features() for runtime in (ContainerRuntime, ProcessRuntime)}
    return {peer: of[name] for peer, name in choice.runtimes.items()}
