"""Reads compose.yaml, which owns the container facts, into frozen values.

Of the Compose specification it takes the keys that the structs below name and no others, so that no fact which the file
states is silently left undone. Keys that begin with `x-` are passed over at the top and in services; `x-interop` holds
the facts of a peer that has no service. Variables (`$NAME`) are refused: the harness would not fill them in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from zmq_interop.core.peer import NAME, NAME_HINT, Peer
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.paths import COMPOSE

MAX_BYTES = 256 * 1024
MAX_NODES = 10_000  # with every alias counted as often as it stands: a bomb of nested aliases is millions
MAX_PIDS = 1 << 22  # the kernel has no more
IPC = "/ipc"  # where the contract promises the folder of ipc sockets
DEFAULTS = "x-interop"
T = TypeVar("T")
MEMORY = re.compile(r"[1-9]\d{0,12}[bkmg]?")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Build(_Strict, frozen=True):
    """How an image is built. args: names of build arguments whose values come from the environment."""

    context: str
    dockerfile: str
    args: tuple[str, ...] = ()


class Logging(_Strict, frozen=True):
    """Where a container's output is logged."""

    driver: str


class Facts(_Strict, frozen=True):
    """How an agent runs: what `x-interop` holds, and every service beside its image."""

    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    logging: Logging
    user: str
    pids_limit: int
    mem_limit: str | int
    memswap_limit: str | int
    ulimits: dict[str, int]
    stdin_open: bool
    init: bool = False
    read_only: bool = False
    cap_drop: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()


class Service(Facts, frozen=True, kw_only=True):
    """A whole service."""

    image: str
    build: Build


class Network(_Strict, frozen=True):
    """A network that the services share."""

    driver: str


class Volume(_Strict, frozen=True):
    """A volume that the services share."""

    driver: str
    driver_opts: dict[str, str] = {}


class Compose(msgspec.Struct, frozen=True, kw_only=True):
    """A whole compose.yaml. defaults: the facts of `x-interop`, None where the file has none."""

    services: dict[str, Service]
    networks: dict[str, Network]
    volumes: dict[str, Volume]
    defaults: Facts | None = None

    @property
    def network(self) -> Network:
        """The one network."""
        return next(iter(self.networks.values()))

    @property
    def volume(self) -> Volume:
        """The one volume, of ipc sockets."""
        return next(iter(self.volumes.values()))

    def service(self, peer: Peer) -> Service:
        """The facts of a peer; one without a service has the defaults. Raises PeerBroken where there are none."""
        name = peer.name
        if name in self.services and not peer.image:
            return self.services[name]
        if self.defaults is None:
            raise PeerBroken(
                name, f"compose.yaml has no service {name!r}", f"add one, or add `{DEFAULTS}` for all peers without one"
            )
        build = Build(
            context=".", dockerfile=f"peers/{peer.own_name}/Dockerfile", args=("INTEROP_PROTOS", "INTEROP_PROTO_DIGEST")
        )
        facts = {name: getattr(self.defaults, name) for name in Facts.__struct_fields__}
        return Service(image=peer.image or f"interop-{name}:local", build=build, **facts)


def load(path: Path = COMPOSE) -> Compose:
    """Reads the file; raises UsageError that names the file and the key at fault."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", "it holds the container settings of all peers") from None
    except ValueError as error:
        raise UsageError(
            f"{path}: {error}", "zmq_interop/agents/compose.py lists the keys that the harness reads"
        ) from None


def parse(text: bytes) -> Compose:
    """Parses and checks the file's bytes; raises ValueError that names the key at fault."""
    top = _mapping(_read(text), "the file")
    for key in top:
        if key not in ("services", "networks", "volumes") and not key.startswith("x-"):
            raise ValueError(f"`{key}` is not known")
    networks = _each(top, "networks", Network)
    volumes = _each(top, "volumes", Volume)
    if len(networks) != 1 or len(volumes) != 1:
        raise ValueError("there must be exactly one network and one volume, which all agents share")
    services = _each(top, "services", Service)
    defaults = _convert(top[DEFAULTS], Facts, DEFAULTS) if DEFAULTS in top else None
    for name, service in services.items():
        _check(service, f"services.{name}", networks, volumes)
        _check_image(service, name)
    if defaults:
        _check(defaults, DEFAULTS, networks, volumes)
    return Compose(services=services, networks=networks, volumes=volumes, defaults=defaults)


def _each(top: dict[str, Any], key: str, kind: type[T]) -> dict[str, T]:
    if key not in top:
        raise ValueError(f"`{key}` is missing")
    return {name: _convert(value, kind, f"{key}.{name}") for name, value in _mapping(top[key], f"`{key}`").items()}


def _convert(value: object, kind: type[T], where: str) -> T:
    fields = {key: item for key, item in _mapping(value, f"`{where}`").items() if not key.startswith("x-")}
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"`{where}`: {error}") from None


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{where} must be a mapping with names as its keys")
    return value


def _check(facts: Facts, where: str, networks: dict[str, Network], volumes: dict[str, Volume]) -> None:
    if len(facts.networks) != 1 or facts.networks[0] not in networks:
        raise ValueError(f"`{where}.networks` must name exactly one of the file's networks")
    mounts = [volume.partition(":") for volume in facts.volumes]
    if len(mounts) != 1 or mounts[0][0] not in volumes or mounts[0][2] != IPC:
        raise ValueError(f"`{where}.volumes` must be exactly one of the file's volumes, at {IPC}")
    if not re.fullmatch(r"\d+(:\d+)?", facts.user) or facts.user.split(":")[0].strip("0") == "":
        raise ValueError(f"`{where}.user` is {facts.user!r}; it must be a number other than 0, or two with a colon")
    if not facts.stdin_open:
        raise ValueError(f"`{where}.stdin_open` must be true: the control channel is stdin")
    if not 1 <= facts.pids_limit <= MAX_PIDS:
        raise ValueError(f"`{where}.pids_limit` is {facts.pids_limit}; it must be from 1 to {MAX_PIDS}")
    if any(most < 0 for most in facts.ulimits.values()):
        raise ValueError(f"`{where}.ulimits` must be numbers from 0: -1 would mean no limit")
    for key in ("mem_limit", "memswap_limit"):
        limit = getattr(facts, key)
        if not MEMORY.fullmatch(str(limit)):
            raise ValueError(f"`{where}.{key}` is {limit!r}; write it as 512m or 1g")


def _check_image(service: Service, name: str) -> None:
    if not NAME.fullmatch(name):
        raise ValueError(f"`services.{name}`: {NAME_HINT}")
    if service.build.context != "." or service.build.dockerfile != f"peers/{name}/Dockerfile":
        raise ValueError(f"`services.{name}.build` must have the context . and the dockerfile peers/{name}/Dockerfile")
    if service.image.partition(":")[0] != f"interop-{name}":
        raise ValueError(f"`services.{name}.image` is {service.image!r}; it must be interop-{name} with a tag")


def _read(text: bytes) -> object:
    if len(text) > MAX_BYTES:
        raise ValueError(f"is {len(text)} bytes long; the maximum is {MAX_BYTES}")
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ValueError("is empty")
            _measure(node, {})
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{where}{error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _measure(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Counts what the node is once its aliases are written out, and refuses what YAML itself lets pass."""
    known = sizes.get(id(node))
    if known is not None:
        if known == 0:
            raise ValueError(f"line {node.start_mark.line + 1}: an alias refers to a node that contains it")
        return known
    sizes[id(node)] = 0  # being counted
    size = 1
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            if key.value in keys if isinstance(key, yaml.ScalarNode) else True:
                raise ValueError(
                    f"line {key.start_mark.line + 1}: a key that is repeated or not plain text: {key.value!r:.80}"
                )
            keys.add(key.value)
            size += 1 + _measure(value, sizes)
    elif isinstance(node, yaml.SequenceNode):
        size += sum(_measure(item, sizes) for item in node.value)
    elif "$" in node.value:
        raise ValueError(f"line {node.start_mark.line + 1}: {node.value!r:.80} has a variable; write the value itself")
    if size > MAX_NODES:
        raise ValueError(f"line {node.start_mark.line + 1}: too large once its aliases are expanded")
    sizes[id(node)] = size
    return size
