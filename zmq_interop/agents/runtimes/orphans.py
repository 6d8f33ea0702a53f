"""Labels of everything that the harness creates in a Docker engine, and removal of leftovers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, find, refusals
from zmq_interop.system import owner

if TYPE_CHECKING:
    from docker import APIClient

MADE = "interop"  # on everything that the harness makes
OWNER = "interop.owner"  # on what ends with the run: who made it (zmq_interop/system/owner.py)
RUN = "interop.run"
PEER = "interop.peer"
DIGEST = "interop.digest"  # on images: what they were built from
STAGE = "interop.stage=build"  # Dockerfiles say it first in the stages before the last
_NO_NAME = "<none>:<none>"  # what some engines call an image without one
IMAGES = ([f"{MADE}=1", PEER, DIGEST], [STAGE])  # all labels of one set


def name(run: str) -> str:
    """What a run calls its network and its volume, and begins the names of its containers with."""
    return f"interop-{run}"


def labels(**more: str) -> dict[str, str]:
    """The labels of a thing that the harness makes."""
    return {MADE: "1"} | {f"{MADE}.{name}": value for name, value in more.items()}


class Made(NamedTuple):
    """Something at an engine that a run made. kind: container, network or volume. key: by which the engine knows it.

    run: the id of that run. owner: the process that played it (zmq_interop/system/owner.py).
    """

    kind: str
    key: str
    run: str
    owner: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:40]} of run {self.run}"


def made(engine: DockerDaemon) -> list[Made]:
    """All that runs made: what has all the labels that each run gives, and a name of that run. A user may have a label
    `interop`; what is made of an image that was committed from an agent's container has all of them, and another name.
    Containers come first, since they hold on to networks and volumes. Raises EngineError."""
    api, ours = engine.api, {"label": [f"{MADE}=1", RUN, OWNER]}
    with refusals():
        found = {
            "container": (api.containers(all=True, filters=ours), "Id"),
            "network": (api.networks(filters=ours), "Id"),
            "volume": (api.volumes(filters=ours)["Volumes"] or [], "Name"),
        }
    return [
        Made(kind, thing[key], thing["Labels"][RUN], thing["Labels"][OWNER])
        for kind, (things, key) in found.items()
        for thing in things
        if _has_name_of(thing["Labels"][RUN], thing)
    ]


def _has_name_of(run: str, thing: dict[str, Any]) -> bool:
    """Whether it is called as what this run made; a container that is being removed may have no name any more."""
    names = [thing["Name"]] if "Name" in thing else [one.removeprefix("/") for one in thing["Names"] or ()]
    return all(one == name(run) or one.startswith(f"{name(run)}-") for one in names)


def sweep(engine: DockerDaemon) -> list[str]:
    """Removes containers, networks and volumes whose makers are gone; returns what stayed. Raises EngineError."""
    return _remove(engine, (thing for thing in made(engine) if owner.is_gone(thing.owner)))


def sweep_own(engine: DockerDaemon, run: str) -> list[str]:
    """Removes what this very run made, by its id; returns what could not be removed, in words. Raises EngineError."""
    return _remove(engine, (thing for thing in made(engine) if thing.run == run))


def clean(say: Callable[[str], None], *, dry_run: bool = False) -> bool:
    """Removes every image, container, network and volume of the harness, except what a run still needs.

    Needed is what another process of this machine made that lives, or may: a container beside ours, for one, whose
    processes we do not see. Whoever asks to clean means the rest too: what was made before the last boot, or by another
    machine that shares this engine, which a sweep would not touch. dry_run: only says what that is. Returns whether
    there was anything, and says what became of it.
    """
    found = find()
    if found.engine is None:
        say(f"{found.reason}; there are no containers or images to remove")
        return False
    ours = owner.current()
    try:
        free = [thing for thing in made(found.engine) if thing.owner == ours or not owner.may_live(thing.owner)]
        images = _images(found.engine)
        complaints = [] if dry_run else _remove(found.engine, free)
        number = len(images) if dry_run else _remove_images(found.engine)
        word = "would remove" if dry_run else "removed"
        told = complaints or [f"{word} {thing}" for thing in free]
        told += [f"{word} {number} images from {found.engine}"] if number else []
        for line in told:
            say(line)
        return bool(told)
    except EngineError as error:
        say(f"{found.engine} could not be cleaned up: {error}")
        return True
    finally:
        found.engine.close()


def _remove(engine: DockerDaemon, things: Iterable[Made]) -> list[str]:
    """Removes these; returns what could not be removed, in words."""
    complaints = []
    for thing in things:
        try:
            with refusals():
                _REMOVE[thing.kind](engine.api, thing.key)
        except EngineError as error:
            if not error.missing:
                complaints.append(f"{thing} could not be removed: {error}")
    return complaints


def _remove_container(api: APIClient, container: str) -> None:
    try:
        api.remove_container(container, force=True, v=True)
    except Exception as error:
        if getattr(error, "status_code", 0) != 409:
            raise
        api.wait(container, timeout=10, condition="removed")  # it is being removed already


def _images(engine: DockerDaemon) -> dict[str, list[str]]:
    """Images of peers and of their build stages, one set after the other: id -> by what they are to be removed."""
    found: dict[str, list[str]] = {}
    for labels in IMAGES:
        with refusals():
            listed = engine.api.images(filters={"label": labels})
        for image in listed:
            ours, others = names_of(image)
            if ours or not others:
                found[image["Id"]] = ours if others else [image["Id"]]
    return found


def names_of(image: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The names of an image, as the engine lists it, that the harness gives, and others. An image that a user built on
    one of ours has its labels, and none of its names."""
    known = [one for one in image["RepoTags"] or () if one != _NO_NAME]
    repository = f"interop-{image['Labels'].get(PEER, '')}:"
    ours = [one for one in known if one.startswith(repository)]
    return ours, [one for one in known if one not in ours]


def _remove_images(engine: DockerDaemon) -> int:
    """Removes them, and all that only they stand on."""
    removed = 0
    for named in _images(engine).values():
        try:
            with refusals():
                for one in named:
                    engine.api.remove_image(one, force=True)
            removed += 1
        except EngineError as error:
            if not error.missing and not error.conflict:
                raise
    return removed


_REMOVE: dict[str, Callable[[APIClient, str], None]] = {
    "container": _remove_container,
    "network": lambda api, network: api.remove_network(network),
    "volume": lambda api, volume: api.remove_volume(volume),
}
