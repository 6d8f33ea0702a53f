"""The interface of all runtimes. Nothing above it depends on processes or containers."""

from __future__ import annotations

import abc
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from zmq_interop.agents.runtimes.multicast import GROUPS
from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.core.peer import Peer
from zmq_interop.wire.relay import RelayPlace

# Ports that no system assigns by itself (Linux assigns those from 32,768 on), so a free one stays free.
PORTS = itertools.cycle(range(20_000, 32_000))


class RunPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The folders and names that belong to one run on this machine.

    run_id: the name of its folder below .interop/runs. folder: that folder, with the logs. scratch: a private in-memory
    folder with a short path, for the sockets of this run; a sweep removes one that an earlier run left. owner: the
    process that made a container, network or volume (zmq_interop/system/owner.py); with it, a later run can tell
    whether that process is still running. control: "auto", "socket" or "stdio".
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

    unseen: if the runtime itself is gone, why the end is unknown, or what caused it.
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
        """Called with bytes from the agent, split anywhere."""

    def ended(self) -> None:
        """Called once, when the agent has closed its end or has exited."""


class Instance(abc.ABC):
    """One running agent.

    name: such as "c-1", unique in the run. host: an IP address of the agent. ipc: the folder of ipc sockets as the
    agent sees it. stderr: the log of its stderr. beside: the instance whose network it shares, if any. pid: of its
    process, if that runs directly on this machine. relay: where a relay of the harness can stand between it and others;
    None if nowhere, for the reason `no_relay`.
    """

    name: str
    host: str
    ipc: str
    stderr: StderrLog
    beside: Instance | None = None
    pid: int | None = None
    relay: RelayPlace | None = None
    no_relay: str = "its runtime has no endpoints that the harness could reach"

    def address(self) -> str:
        """An IP address on which the agent can bind, and at which all other agents of the run reach it."""
        return self.host

    def vacant(self) -> str:
        """A `host:port` that nothing else gets, even while nothing is bound there."""
        return f"{self.host}:{next(PORTS)}"

    def group(self) -> str:
        """A multicast `group:port` for one link, whose port no other link of this machine has. Raises OSError."""
        return GROUPS.take()

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Queues bytes for the agent. Never blocks, and does nothing once the agent has ended."""

    @abc.abstractmethod
    def kill(self) -> None:
        """Ends the agent at once (SIGKILL)."""

    @abc.abstractmethod
    async def wait(self) -> Ended:
        """Waits until the agent has ended. Returns how."""

    @abc.abstractmethod
    async def stop(self, grace: float) -> Ended:
        """Ends the channel, waits `grace` seconds for the agent to exit, then kills it. Frees its resources.

        Returns how the agent ended.
        """


class Runtime(abc.ABC):
    """Builds and starts agents of one kind. Call `open` first and `close` last, and `prepare` before `start`.

    host: the address on which agents bind, if the runtime lets you choose. gateway: the address at which agents of this
    runtime reach this machine, known after `open`; "" if there is no separate address.
    """

    name: str
    host: str = ""
    gateway: str = ""

    @classmethod
    def features(cls) -> frozenset[str]:
        """The features of the place where its agents run (zmq_interop/core/features.py)."""
        return frozenset()

    def no_relay(self, transport: str) -> str:  # noqa: ARG002 (runtimes differ)
        """Why a relay of the harness cannot stand before its agents over this transport, "" if it can."""
        return "its runtime has no endpoints that the harness could reach"

    @abc.abstractmethod
    async def open(self, place: RunPlace) -> None:
        """Removes leftovers of dead runs, then creates resources that the whole run shares (a network, a volume)."""

    @abc.abstractmethod
    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds the peer if its inputs have changed. say: called with lines of progress. Raises PeerBroken."""

    def by_hand(self, peer: Peer) -> str:
        """Tells the user how to start the peer's agent alone, to see its output."""
        return f"try it by hand in {peer.folder}: {' '.join(peer.require().run.command)}"

    @abc.abstractmethod
    async def start(
        self, peer: Peer, name: str, receiver: Receiver, *, raw: bool = False, beside: Instance | None = None
    ) -> Instance:
        """Starts one agent, and passes the bytes of its channel to `receiver`. Raises PeerBroken.

        raw: the agent must be able to open raw sockets. beside: the agent shares the network of this instance, so that
        a later agent there can bind the same endpoints.
        """

    @abc.abstractmethod
    async def close(self) -> list[str]:
        """Removes everything that `open` and `start` created. Works after a failed `open`, and twice.

        Returns descriptions of things that could not be removed.
        """
