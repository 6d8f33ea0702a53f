"""Agents in containers: on a network and with a folder of ipc sockets that are this run's alone."""

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

CTL = "/ctl"  # where an agent finds its control socket
_T = TypeVar("_T")


class ContainerRuntime(Runtime):
    """Builds images and starts agents as containers, by the facts of compose.yaml.

    space: where records of image builds are kept. share_with_host: local processes take part too; /ipc is then the
    run's folder on this machine, and processes bind on `gateway`, where containers reach them. engine: one that was
    found already.
    """

    name = "container"

    def __init__(
        self,
        protos: ProtoSet,
        space: Workspace,
        share_with_host: bool = False,
        engine: DockerDaemon | None = None,
    ) -> None:
        self.gateway = ""
        self.refusal: _Refusal | None = None
        self._protos = protos
        self._space = space
        self._share = share_with_host
        self._engine = engine
        self._control_sockets = False  # whether a socket of ours can be mounted into a container
        self._exits: ExitReasons | None = None
        self._images: dict[str, str] = {}
        self._strange: dict[str, str] = {}  # peers whose image is made for other machines, and for which
        self._instances: list[ContainerInstance] = []
        self._making: set[asyncio.Task[Any]] = set()

    @classmethod
    def features(cls) -> frozenset[str]:
        """What a container offers, on any machine."""
        return frozenset({RAW_SOCKETS, PATHS_OF_LINUX})

    async def open(self, place: RunPlace) -> None:
        """Makes the run's network and volume. Where there is no engine, or it refuses, that is kept for `prepare`:
        peers that need no container can play all the same."""
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
        if self._share:
            await asyncio.to_thread(_must_meet_processes, self._engine)
        self._control_sockets = self._engine.shares_files and place.control != "stdio"
        self._builder = Images(self._engine, self._protos, place.folder, self._space.builds)
        self._labels = orphans.labels(run=place.run_id, owner=place.owner)
        await self._make(self._furnish, self._engine)
        self._exits = ExitReasons(self._engine, f"{orphans.RUN}={place.run_id}")
        await self._exits.open()

    async def prepare(self, peer: Peer, say: Callable[[str], None]) -> None:
        """Builds the peer's image where its inputs changed, or takes the one that the peer is. Raises PeerBroken."""
        peer.require()
        if self.refusal is not None:
            raise PeerBroken(peer.name, self.refusal.reason, self.refusal.hint)
        if peer.image:
            self._images[peer.name] = await asyncio.to_thread(self._given, peer)
        else:
            self._images[peer.name] = await self._builder.ensure(peer, self._facts.service(peer), say)

    def _given(self, peer: Peer) -> str:
        """The id of the image that a peer is: what its name stands for may change while a run goes on."""
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
        """How a person starts its agent alone, after what may keep it from starting."""
        image = self._facts.service(peer).image
        strange = self._strange.get(peer.name)
        return (f"{strange}; " if strange else "") + f"try it by hand: docker run --rm --interactive {image}"

    async def start(
        self, peer: Peer, name: str, receiver: Receiver, *, raw: bool = False, beside: Instance | None = None
    ) -> Instance:
        """Starts one agent; for raw sockets as root with NET_RAW and nothing else. Raises PeerBroken."""
        assert self._engine is not None, "open comes first"
        assert self._exits is not None
        service = self._facts.service(peer)
        if raw:  # the user must be root: capabilities that a container is given reach no other one
            service = msgspec.structs.replace(service, user="0:0", cap_add=(*service.cap_add, "NET_RAW"))
        assert beside is None or isinstance(beside, ContainerInstance)
        instance = ContainerInstance(self._engine, name, self._place, receiver, beside)
        self._instances.append(instance)
        try:
            if self._control_sockets and "control_socket" in peer.require().claims.abilities:
                await instance.listen()
            try:
                container = await self._make(self._create, peer.name, service, instance)
            except EngineError as error:
                if not instance.control or "bind source path does not exist" not in str(error):
                    raise
                # We are in a container ourselves, beside those of the engine, whose files are not ours.
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
        """Removes all that the run made; returns what could not be removed, in words."""
        left: list[str] = []
        if self._engine is None:
            return left
        instances, self._instances = self._instances, []
        if self._making:  # else it would be made when the sweep has been
            await asyncio.wait(self._making)
        if hasattr(self, "_labels"):
            with contextlib.suppress(EngineError):  # an engine that is gone has nothing of ours left
                left = await asyncio.to_thread(orphans.sweep_own, self._engine, self._place.run_id)
        if self._exits:
            self._exits.close()
        for instance in instances:
            instance.free()
        self._engine.close()  # it opens connections anew where somebody else still uses it
        return left

    async def _make(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Calls in a thread what makes something at the engine. A thread goes on when its caller is cancelled: `close`
        waits for it."""
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(function, *arguments))
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        return await asyncio.shield(task)

    def _furnish(self, engine: DockerDaemon) -> None:
        orphans.sweep(engine)
        network, volume = self._facts.network, self._facts.volume
        with refusals():
            made = engine.api.create_network(self._shared_name, driver=network.driver, labels=self._labels)
            if self._share:
                self.gateway = gateway_of(engine.api.inspect_network(made["Id"]))
            else:
                engine.api.create_volume(self._shared_name, volume.driver, volume.driver_opts, self._labels)

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
        """Starts the container and returns its address, "" where it has none of its own or has ended already."""
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
    """Why no container can be had in this run."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def _must_meet_processes(engine: DockerDaemon) -> None:
    """Raises _Refusal where no process of this machine can bind on the gateway of a network of containers."""
    where = "" if engine.shares_files else "is not on this machine's own network"
    if not where and engine.is_rootless():
        where = "is rootless, so its networks are in a separate network namespace"
    if where:
        raise _Refusal(f"{engine} {where}: processes cannot reach containers", "run all peers in containers, or none")


def gateway_of(network: dict[str, Any]) -> str:
    """The IPv4 address of this machine on a network of containers. Raises EngineError where it has none."""
    for part in (network.get("IPAM") or {}).get("Config") or ():
        gateway = str(part.get("Gateway") or "")
        if gateway.count(".") == 3:
            return gateway
    raise EngineError("the run's network has no IPv4 gateway, which processes need to reach containers")
