"""Labels of everything that the harness creates in a Docker engine, and removal of leftovers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, find, refusals
from zmq_interop.system import owner

if TYPE_CHECKING:
    from docker import APIClient

MADE = "interop"  # on everything that the harness creates
OWNER = "interop.owner"  # on things of one run: the process that created them (zmq_interop/system/owner.py)
RUN = "interop.run"
PEER = "interop.peer"
DIGEST = "interop.digest"  # on images: the digest of their inputs
STAGE = "interop.stage=build"  # Dockerfiles set it at the start of every stage but the last
_NO_NAME = "<none>:<none>"  # the name of an unnamed image at some engines
IMAGES = ([f"{MADE}=1", PEER, DIGEST], [STAGE])  # an image of the harness has all labels of one of these sets


def name(run: str) -> str:
    """The name of a run's network and volume, and the prefix of its containers' names."""
    return f"interop-{run}"


def labels(**more: str) -> dict[str, str]:
    """The labels of a thing that the harness creates."""
    return {MADE: "1"} | {f"{MADE}.{name}": value for name, value in more.items()}


class Made(NamedTuple):
    """Something that a run created at an engine. kind: container, network or volume. key: its id or name there.

    run: the id of that run. owner: the process of the run (zmq_interop/system/owner.py).
    """

    kind: str
    key: str
    run: str
    owner: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:40]} of run {self.run}"


def made(engine: DockerDaemon) -> list[Made]:
    """Everything that runs created: things with all labels of a run and a name of that run.

    The labels alone are not enough: a user may use a label `interop`, and a container of an image that was committed
    from an agent's container has all of them. Containers come first, since they keep networks and volumes in use.
    Raises EngineError.
    """
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
    """Whether the thing has a name of this run. A container that is being removed may have lost its name."""
    names = [thing["Name"]] if "Name" in thing else [one.removeprefix("/") for one in thing["Names"] or ()]
    return all(one == name(run) or one.startswith(f"{name(run)}-") for one in names)


def sweep(engine: DockerDaemon) -> list[str]:
    """Removes containers, networks and volumes whose owners have ended. Raises EngineError.

    Returns descriptions of things that could not be removed.
    """
    return _remove(engine, (thing for thing in made(engine) if owner.is_gone(thing.owner)))


def sweep_own(engine: DockerDaemon, run: str) -> list[str]:
    """Removes everything that the run with this id created. Raises EngineError.

    Returns descriptions of things that could not be removed.
    """
    return _remove(engine, (thing for thing in made(engine) if thing.run == run))


def clean(say: Callable[[str], None], *, dry_run: bool = False) -> bool:
    """Removes every image, container, network and volume of the harness, except what a run still needs.

    A thing is still needed if another process of this machine created it and is running, or may be: the harness cannot
    see processes of other containers, for example. Unlike a sweep, this also removes things that were created before
    the last boot, or by another machine that shares this engine.

    say: called with a line for each thing. dry_run: only list the things. Returns whether there were any.
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
    """Removes these things. Returns descriptions of those that could not be removed."""
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
        api.wait(container, timeout=10, condition="removed")  # it is already being removed


def _images(engine: DockerDaemon) -> dict[str, list[str]]:
    """Images of peers and of their build stages, in this order: id -> the names (or the id) to remove it by."""
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
    """The names of an image that the harness gave it, and its other names. image: as the engine lists it.

    An image that a user built on one of the harness has the same labels, but none of its names.
    """
    known = [one for one in image["RepoTags"] or () if one != _NO_NAME]
    repository = f"interop-{image['Labels'].get(PEER, '')}:"
    ours = [one for one in known if one.startswith(repository)]
    return ours, [one for one in known if one not in ours]


def _remove_images(engine: DockerDaemon) -> int:
    """Removes these images, and all layers that only they use. Returns how many images it removed."""
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
