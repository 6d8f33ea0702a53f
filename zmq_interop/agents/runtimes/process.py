"""Agents as plain processes, built on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import platform
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from zmq_interop.agents.runtimes import loopback, this_machine
from zmq_interop.agents.runtimes.base import PORTS, Ended, Instance, Receiver, RunPlace, Runtime
from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.agents.runtimes.streams import ControlSocket
from zmq_interop.core.features import IPC_FILES, PROGRAMS
from zmq_interop.core.peer import Peer
from zmq_interop.peers import build, build_folder
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import commands
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.workspace import Workspace
from zmq_interop.wire.relay import RelayPlace

_LIBRARY_PATH = "LD_LIBRARY_PATH"  # ld.so(8): where shared libraries are looked for before the system's folders


class ProcessRuntime(Runtime):
    """Builds agents in the workspace and starts them as child processes.

    space: the workspace for builds. host: the address on which agents bind: loopback, or in a mixed run the gateway of
    the container network. install: whether build requirements may be installed.
    """

    name = "process"

    def __init__(self, protos: ProtoSet, space: Workspace, host: str = loopback.FIRST, install: bool = True) -> None:
        self.host = host
        self._protos = protos
        self._space = space
        self._install = install
        self._workplaces: dict[str, Peer] = {}
        self._environments: dict[str, dict[str, str]] = {}
        self._instances: list[ProcessInstance] = []

    @classmethod
    def features(cls) -> frozenset[str]:
        """The features of this machine."""
        return this_machine.features() | {IPC_FILES, PROGRAMS}

    def no_relay(self, transport: str) -> str:  # noqa: ARG002 (tcp and ipc alike)
        """Never: the harness is a process of the same machine."""
        return ""

    async def open(self, place: RunPlace) -> None:
        """Raises the limit of open files to the maximum, for agents to inherit. Creates nothing else."""
        self._place = place
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses the "unlimited" that it reports
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds the peer if its inputs have changed. Raises PeerBroken."""
        peer.require()
        if peer.image:
            raise PeerBroken(
                peer.name,
                f"this run starts it as a process, but it is the image {peer.image}",
                f"use --runtime auto or --runtime {peer.name}=container; without an engine: --peer PATH of its sources",
            )
        log = self._place.folder / f"build-{peer.name}.log"
        self._workplaces[peer.name] = peer = build_folder.of(peer, self._space)
        self._environments[peer.name] = await build.build(peer, self._protos, self._space, log, say, self._install)

    async def start(
        self,
        peer: Peer,
        name: str,
        receiver: Receiver,
        *,
        raw: bool = False,  # noqa: ARG002 (a child may do what this process may)
        beside: Instance | None = None,  # noqa: ARG002 (all processes share the machine's network)
    ) -> Instance:
        """Starts the agent. Its channel is a control socket if the peer claims one and the run wants it."""
        peer = self._workplaces.get(peer.name, peer)
        manifest = peer.require()
        command = commands.expand(manifest.run.command)
        environment = {**os.environ, **self._environments.get(peer.name, {})}
        environment.pop("INTEROP_CONTROL", None)
        if peer.libraries:
            there = environment.get(_LIBRARY_PATH)
            environment[_LIBRARY_PATH] = os.pathsep.join(filter(None, (str(peer.libraries), there)))
        socket = self._place.control == "socket" or (self._place.control == "auto" and sys.platform == "linux")
        path = self._place.ctl / f"{name}.sock" if socket and "control_socket" in manifest.claims.abilities else None
        if path is not None:
            environment["INTEROP_CONTROL"] = str(path)
        instance = await self._instance(peer.name, name, receiver, path)
        try:
            program = peer.folder / command[0]
            if "/" in command[0] and program.is_file():
                command[0] = str(program)
            await instance.spawn(command, peer.folder, environment)
        except (OSError, ValueError) as error:  # ValueError: a zero byte
            await instance.stop(0)
            hint = f"`run.command` in {peer.folder / 'peer.toml'}"
            if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
                hint = (
                    f"it is built for a machine other than this {platform.machine()}, or is a script without #!: {hint}"
                )
            why = getattr(error, "strerror", None) or error
            raise PeerBroken(peer.name, f"{clip(' '.join(command), 200)} does not start: {why}", hint) from None
        self._instances.append(instance)
        return instance

    async def _instance(self, peer: str, name: str, receiver: Receiver, path: Path | None) -> ProcessInstance:
        """Makes an instance with its log and, at `path`, its control socket. Raises PeerBroken."""
        instance = None
        try:
            instance = ProcessInstance(name, self.host, self._place, receiver)
            if path is not None:
                await instance.listen(path)
        except OSError as error:
            if instance is not None:
                await instance.stop(0)
            raise PeerBroken(
                peer,
                f"cannot create the log or the control socket of {name}: {error.strerror or error}",
                f"raise `ulimit -n`, or free space in {self._place.folder} and {self._place.ctl}",
            ) from None
        return instance

    async def close(self) -> list[str]:
        """Kills all agents that still run. Nothing can be left behind."""
        instances, self._instances = self._instances, []
        await asyncio.gather(*(instance.stop(1.0) for instance in instances))
        return []


class ProcessInstance(Instance, asyncio.SubprocessProtocol):
    """A child process with its pipes, and its control socket if it has one."""

    def __init__(self, name: str, host: str, place: RunPlace, receiver: Receiver) -> None:
        self.name = name
        self.host = host
        self.ipc = str(place.ipc)
        self.relay = RelayPlace("" if host == loopback.FIRST else host, place.ipc)
        self.stderr = StderrLog(place.folder / "agents" / f"{name}.stderr", on_flood=self.kill)
        self._addresses = loopback.addresses()
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[Ended] = self._loop.create_future()
        self._process: asyncio.SubprocessTransport | None = None
        self._control: ControlSocket | None = None
        self._stdin: asyncio.WriteTransport | None = None
        self._over = False
        self._pipes_open = {1, 2}

    async def listen(self, path: Path) -> None:
        """Creates the control socket."""
        self._control = ControlSocket(path, self._receiver.received, self.over)
        await self._control.listen()

    async def spawn(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        """Starts the process in its own session, so that Ctrl-C reaches only the harness."""
        self._process, _ = await self._loop.subprocess_exec(
            lambda: self, *command, cwd=folder, env=environment, start_new_session=True
        )
        self.pid = self._process.get_pid()
        pipe = self._process.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        self._stdin = pipe

    def address(self) -> str:
        """The host; on loopback, the next address on each call."""
        return next(self._addresses) if self.host == loopback.FIRST else self.host

    def vacant(self) -> str:
        """Uses a random address on loopback, and a port that no other program of this machine has."""
        address = loopback.lone() if self.host == loopback.FIRST else self.host
        return f"{address}:{loopback.free_port(address, itertools.islice(PORTS, 1000))}"

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Takes stdout as the channel, or as another log if there is a control socket; logs stderr (asyncio)."""
        raw = data if isinstance(data, bytes) else data.encode()
        if fd == 1 and self._control is None:
            self._receiver.received(raw)
        else:
            self.stderr.feed(raw)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """A pipe was closed (asyncio)."""
        if fd == 1 and self._control is None:
            self.over()
        self._pipes_open.discard(fd)
        self._settle()

    def process_exited(self) -> None:
        """The process has exited; its last output may still be in the pipe (asyncio)."""
        self._settle()
        self._loop.call_later(0.5, self._settle, True)  # a grandchild that keeps the pipe open must not block

    def _settle(self, force: bool = False) -> None:
        code = self._process.get_returncode() if self._process else None
        if code is None or self._exit.done() or (self._pipes_open and not force):
            return
        ended = Ended(signal=_signal_name(-code)) if code < 0 else Ended(status=code)
        self._exit.set_result(ended)
        self.over()

    def over(self) -> None:
        """Reports the end of the channel, once."""
        if not self._over:
            self._over = True
            self._receiver.ended()

    def write(self, data: bytes) -> None:
        """Queues bytes for the agent."""
        if self._control is not None:
            self._control.write(data)
        elif self._stdin is not None and not self._stdin.is_closing():
            self._stdin.write(data)

    def kill(self) -> None:
        """Sends SIGKILL."""
        if self._process is not None and self._process.get_returncode() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                self._process.kill()

    async def wait(self) -> Ended:
        """Waits for the exit. Returns how the process ended."""
        return await asyncio.shield(self._exit)

    async def stop(self, grace: float) -> Ended:
        """Ends the channel, waits `grace` seconds, kills the process, and frees the pipes and the socket."""
        if self._control is not None:
            self._control.end()
        if self._stdin is not None:
            self._stdin.close()
        if self._process is None:
            self.stderr.close()
            return Ended()
        try:
            ended = await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.kill()
            ended = await self.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
            os.killpg(self._process.get_pid(), signal.SIGKILL)  # processes that the agent left running
        if self._control is not None:
            self._control.close()
        self._process.close()
        self.stderr.close()
        return ended


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
