"""The interface of all runtimes. Nothing above it depends on processes or containers."""

from __future__ import annotations

import abc
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.core.peer import Peer

# Ports that no system gives out by itself (Linux does from 32,768 on): one that is free for a while stays free.
PORTS = itertools.cycle(range(20_000, 32_000))


class RunPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The folders and names that belong to one run on this machine.

    run_id: the name of its folder below .interop/runs. folder: that folder (logs go there). scratch: a short private
    folder in memory, where the sockets of this run are; the run before may have left one, and the sweep removes it.
    owner: who made a container, network or volume (zmq_interop/system/owner.py), so that a later run can tell whether
    its maker still lives. control: "auto", "socket" or "stdio".
    """

    run_id: str
    folder: Path
    scratch: Path
    owner: str
    control: str = "auto"

    @property
    def ipc(self) -> Path:
        """The folder of this run's ipc socket files."""
        return self.scratch / "ipc"

    @property
    def ctl(self) -> Path:
        """The folder of this run's control sockets."""
        return self.scratch / "ctl"


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent's process ended: its exit status, or the signal that killed it.

    unseen: why that is unknown, or what caused it, if the runtime itself is gone.
    """

    status: int | None = None
    signal: str = ""
    unseen: str = ""

    def __str__(self) -> str:
        if self.unseen:
            return "ended unseen"
        if self.signal:
            return f"killed by {self.signal}"
        return "ended, and the runtime does not know how" if self.status is None else f"exited with {self.status}"


class Receiver(Protocol):
    """The callbacks that the control channel gives to a runtime. Called in the event loop's thread."""

    def received(self, data: bytes) -> None:
        """Bytes came from the agent, in any cut."""

    def ended(self) -> None:
        """Called once, when the agent has closed its end or has exited."""


class Instance(abc.ABC):
    """One running agent.

    name: "c-1", unique in the run. host: an IP address of the agent. ipc: the folder of ipc sockets as the agent sees
    it. stderr: what it wrote there. beside: the one whose network it shares, where it does. pid: of its process, where
    that is one of this machine's own.
    """

    name: str
    host: str
    ipc: str
    stderr: StderrLog
    beside: Instance | None = None
    pid: int | None = None

    def address(self) -> str:
        """An IP address on which the agent can bind, and at which all others of the run reach it."""
        return self.host

    def vacant(self) -> str:
        """A `host:port` that no one else is given, even while nothing is bound there."""
        return f"{self.host}:{next(PORTS)}"

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Queues bytes for the agent; never blocks, and does nothing once the agent is gone."""

    @abc.abstractmethod
    def kill(self) -> None:
        """Ends the agent at once (SIGKILL)."""

    @abc.abstractmethod
    async def wait(self) -> Ended:
        """Waits until the agent is gone and says how it ended."""

    @abc.abstractmethod
    async def stop(self, grace: float) -> Ended:
        """Ends the channel, waits `grace` seconds for the agent to exit, then kills it; frees all that it had."""


class Runtime(abc.ABC):
    """Builds and starts agents of one sort. `open` comes first and `close` last; `prepare` before `start`.

    host: where agents bind, in a runtime that lets one choose. gateway: the address at which agents of this runtime
    reach this machine, known after `open`; "" where that is no address of its own.
    """

    name: str
    host: str = ""
    gateway: str = ""

    @classmethod
    def features(cls) -> frozenset[str]:
        """What the place where its agents run offers (zmq_interop/core/features.py)."""
        return frozenset()

    @abc.abstractmethod
    async def open(self, place: RunPlace) -> None:
        """Makes what the whole run shares (a network, a volume), after sweeping what dead runs left behind."""

    @abc.abstractmethod
    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds the peer where its inputs changed. `say` takes lines of progress. Raises PeerBroken."""

    def by_hand(self, peer: Peer) -> str:
        """How a person starts the peer's agent alone, to see what it says."""
        return f"try it by hand in {peer.folder}: {' '.join(peer.require().run.command)}"

    @abc.abstractmethod
    async def start(
        self, peer: Peer, name: str, receiver: Receiver, *, raw: bool = False, beside: Instance | None = None
    ) -> Instance:
        """Starts one agent; bytes from its channel go to `receiver`. Raises PeerBroken.

        raw: it must be able to open raw sockets. beside: it shares the network with this one, so that an agent that
        comes after it can bind where it was bound.
        """

    @abc.abstractmethod
    async def close(self) -> list[str]:
        """Removes all that `open` and `start` made; returns what could not be removed, in words. Works after a failed
        `open`, and twice."""
