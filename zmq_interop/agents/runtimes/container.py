"""Agents in containers, with a network and a folder of ipc sockets that only this run uses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from zmq_interop.agents import compose
from zmq_interop.agents.compose import IPC, Service
from zmq_interop.agents.runtimes import image_peers, orphans
from zmq_interop.agents.runtimes.base import Instance, Receiver, RunPlace, Runtime
from zmq_interop.agents.runtimes.container_instance import ContainerInstance
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, find, refusals
from zmq_interop.agents.runtimes.exit_reason import ExitReasons
from zmq_interop.agents.runtimes.images import Images
from zmq_interop.core.features import PATHS_OF_LINUX, RAW_SOCKETS
from zmq_interop.core.peer import Peer
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.workspace import Workspace
from zmq_interop.wire.relay import RelayPlace

CTL = "/ctl"  # where an agent finds its control socket
_T = TypeVar("_T")


class ContainerRuntime(Runtime):
    """Builds images and starts agents as containers, as compose.yaml says.

    space: the workspace with the records of image builds. share_with_host: local processes take part too. Then /ipc is
    the run's folder on this machine, and processes bind on `gateway`, where containers reach them. engine: an engine
    that was already found. wire: all cells are played through relays; so /ipc is the run's folder where that is
    possible.
    """

    name = "container"

    def __init__(
        self,
        protos: ProtoSet,
        space: Workspace,
        share_with_host: bool = False,
        engine: DockerDaemon | None = None,
        wire: bool = False,
    ) -> None:
        self.gateway = ""
        self._wire = wire
        self._apart = ""  # why processes of this machine, and so relays, cannot reach containers
        self.refusal: _Refusal | None = None
        self._protos = protos
        self._space = space
        self._share = share_with_host
        self._engine = engine
        self._control_sockets = False  # whether a socket of the harness can be mounted into a container
        self._exits: ExitReasons | None = None
        self._images: dict[str, str] = {}
        self._strange: dict[str, str] = {}  # peer -> why its image may not start on this machine
        self._instances: list[ContainerInstance] = []
        self._making: set[asyncio.Task[Any]] = set()

    @classmethod
    def features(cls) -> frozenset[str]:
        """The features of a container, on any machine."""
        return frozenset({RAW_SOCKETS, PATHS_OF_LINUX})

    async def open(self, place: RunPlace) -> None:
        """Creates the run's network and volume.

        If there is no engine, or it refuses, `prepare` reports that: peers that need no container can still play.
        """
        self._place = place
        self._facts = compose.load()
        try:
            await self._open(place)
        except _Refusal as refusal:
            self.refusal = refusal
        except EngineError as error:
            self.refusal = _Refusal(f"{self._engine} refused a request of this run: {error}", "check the engine's log")

    async def _open(self, place: RunPlace) -> None:
        if self._engine is None:
            found = await asyncio.to_thread(find)
            if found.engine is None:
                raise _Refusal(found.reason, image_peers.NO_ENGINE_HINT)
            self._engine = found.engine
        self._apart = await asyncio.to_thread(_apart, self._engine)
        if self._share and self._apart:
            why = f"{self._engine} {self._apart}: processes cannot reach containers"
            raise _Refusal(why, "run all peers in containers, or none")
        self._share = self._share or (self._wire and not self._apart)
        self._control_sockets = self._engine.shares_files and place.control != "stdio"
        self._builder = Images(self._engine, self._protos, place.folder, self._space.builds)
        self._labels = orphans.labels(run=place.run_id, owner=place.owner)
        await self._make(self._make_network_and_volume, self._engine)
        self._exits = ExitReasons(self._engine, f"{orphans.RUN}={place.run_id}")
        await self._exits.open()

    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds the peer's image if its inputs have changed, or finds that of an image peer. Raises PeerBroken."""
        peer.require()
        if self.refusal is not None:
            raise PeerBroken(peer.name, self.refusal.reason, self.refusal.hint)
        if peer.image:
            self._images[peer.name] = await asyncio.to_thread(self._given, peer)
        else:
            self._images[peer.name] = await self._builder.ensure(peer, self._facts.service(peer), say)

    def _given(self, peer: Peer) -> str:
        """The id of an image peer's image. Unlike its name, the id always means the same image during a run."""
        assert self._engine
        try:
            found = self._engine.image(peer.image)
            self._strange[peer.name] = image_peers.stranger(self._engine, peer.image)
        except EngineError as error:
            raise PeerBroken(peer.name, f"{self._engine} cannot inspect the image {peer.image}: {error}") from None
        if found is None:
            raise PeerBroken(peer.name, f"the image {peer.image} was removed", "check what else removes images")
        return str(found["Id"])

    def by_hand(self, peer: Peer) -> str:
        """Tells the user how to start the peer's agent alone, after any reason why it may not start."""
        image = self._facts.service(peer).image
        strange = self._strange.get(peer.name)
        return (f"{strange}; " if strange else "") + f"try it by hand: docker run --rm --interactive {image}"

    def no_relay(self, transport: str) -> str:
        """Why a relay cannot stand before a container."""
        if self._apart:
            return f"{self._engine} {self._apart}: relays cannot reach containers"
        if transport == "ipc" and not self._share:
            return "the harness does not see the volume of containers' ipc sockets; `run --wire` shares a folder"
        return ""

    async def start(
        self, peer: Peer, name: str, receiver: Receiver, *, raw: bool = False, beside: Instance | None = None
    ) -> Instance:
        """Starts one agent. With `raw`, it runs as root with only NET_RAW added. Raises PeerBroken."""
        assert self._engine is not None, "open comes first"
        assert self._exits is not None
        service = self._facts.service(peer)
        if raw:  # as root: only root gets the capabilities that a container is given
            service = msgspec.structs.replace(service, user="0:0", cap_add=(*service.cap_add, "NET_RAW"))
        assert beside is None or isinstance(beside, ContainerInstance)
        instance = ContainerInstance(self._engine, name, self._place, receiver, beside)
        self._instances.append(instance)
        if self.gateway:
            instance.relay = RelayPlace(self.gateway, self._place.ipc if self._share else None)
        instance.no_relay = self.no_relay("ipc")
        try:
            if self._control_sockets and "control_socket" in peer.require().claims.abilities:
                await instance.listen()
            try:
                container = await self._make(self._create, peer.name, service, instance)
            except EngineError as error:
                if not instance.control or "bind source path does not exist" not in str(error):
                    raise
                # The harness itself runs in a container of this engine, which cannot see the harness's files.
                self._control_sockets = False
                instance.unlisten()
                container = await self._make(self._create, peer.name, service, instance)
            await instance.serve(self._exits.expect(container))
            address = await asyncio.to_thread(self._start, container)
            instance.host = beside.host if beside else address
        except (EngineError, OSError) as error:
            await instance.stop(0)
            strange = self._strange.get(peer.name, "")
            raise PeerBroken(peer.name, f"{self._engine} did not start {service.image}: {error}", strange) from None
        return instance

    async def close(self) -> list[str]:
        """Removes everything that the run created. Returns descriptions of things that could not be removed."""
        left: list[str] = []
        if self._engine is None:
            return left
        instances, self._instances = self._instances, []
        if self._making:  # otherwise it could appear after the sweep
            await asyncio.wait(self._making)
        if hasattr(self, "_labels"):
            with contextlib.suppress(EngineError):  # an engine that has gone has nothing left to remove
                left = await asyncio.to_thread(orphans.sweep_own, self._engine, self._place.run_id)
        if self._exits:
            self._exits.close()
        for instance in instances:
            instance.free()
        self._engine.close()  # another user of it opens new connections
        return left

    async def _make(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Calls a function that creates something at the engine, in a thread.

        The thread continues even if its caller is cancelled, so `close` waits for it.
        """
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(function, *arguments))
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        return await asyncio.shield(task)

    def _make_network_and_volume(self, engine: DockerDaemon) -> None:
        orphans.sweep(engine)
        network, volume = self._facts.network, self._facts.volume
        with refusals():
            made = engine.api.create_network(self._shared_name, driver=network.driver, labels=self._labels)
            if not self._apart:
                self._find_gateway(engine.api.inspect_network(made["Id"]))
            if not self._share:
                engine.api.create_volume(self._shared_name, volume.driver, volume.driver_opts, self._labels)

    def _find_gateway(self, network: dict[str, Any]) -> None:
        """Raises EngineError if there is none and processes need it."""
        try:
            self.gateway = gateway_of(network)
        except EngineError as error:
            if self._share:
                raise
            self._apart = f"has made a network that this machine is not in ({error})"

    @property
    def _shared_name(self) -> str:
        return orphans.name(self._place.run_id)

    def _create(self, peer: str, service: Service, instance: ContainerInstance) -> str:
        assert self._engine
        from docker.types import LogConfig, Mount, Ulimit

        api = self._engine.api
        if self._share:
            mounts = [Mount(IPC, str(self._place.ipc), type="bind")]
        else:
            mounts = [Mount(IPC, self._shared_name, type="volume", no_copy=True)]
        environment = {}
        if instance.control:
            mounts.append(Mount(CTL, str(instance.control_path.parent), type="bind", read_only=True))
            environment["INTEROP_CONTROL"] = f"{CTL}/{instance.control_path.name}"
        with refusals():
            host = api.create_host_config(
                network_mode=f"container:{instance.beside.container}" if instance.beside else self._shared_name,
                mounts=mounts,
                auto_remove=True,
                init=service.init,
                read_only=service.read_only,
                cap_drop=list(service.cap_drop),
                cap_add=list(service.cap_add),
                security_opt=list(service.security_opt),
                pids_limit=service.pids_limit,
                mem_limit=service.mem_limit,
                memswap_limit=service.memswap_limit,
                ulimits=[Ulimit(name=name, soft=most, hard=most) for name, most in service.ulimits.items()],
                log_config=LogConfig(type=service.logging.driver),
            )
            made = api.create_container(
                self._images[peer],
                name=f"{self._shared_name}-{instance.name}",
                user=service.user,
                environment=environment,
                stdin_open=service.stdin_open,
                labels=self._labels,
                host_config=host,
                use_config_proxy=False,
            )
        instance.adopt(made["Id"])
        return str(made["Id"])

    def _start(self, container: str) -> str:
        """Starts the container. Returns its address, "" if it has no own address or has already ended."""
        assert self._engine
        with refusals():
            self._engine.api.start(container)
        try:
            with refusals():
                found = self._engine.api.inspect_container(container)
        except EngineError as error:
            if error.missing:
                return ""
            raise
        network = found["NetworkSettings"]["Networks"].get(self._shared_name)
        return str(network["IPAddress"]) if network else ""


class _Refusal(Exception):
    """This run cannot use containers. reason: why. hint: what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def _apart(engine: DockerDaemon) -> str:
    """Why processes of this machine cannot bind on the gateway of a container network, "" if they can."""
    if not engine.shares_files:
        return "is not on this machine's own network"
    if engine.is_rootless():
        return "is rootless, so its networks are in a separate network namespace"
    return ""


def gateway_of(network: dict[str, Any]) -> str:
    """The IPv4 address of this machine on a container network. Raises EngineError if it has none."""
    for part in (network.get("IPAM") or {}).get("Config") or ():
        gateway = str(part.get("Gateway") or "")
        if gateway.count(".") == 3:
            return gateway
    raise EngineError("the run's network has no IPv4 gateway, which processes need to reach containers")
