"""Labels on all that the harness makes at an engine, and the removal of what was left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness import owner
from harness.runtimes.engine import Engine, EngineError, find, refusals

if TYPE_CHECKING:
    from docker import APIClient

MADE = "interop"  # on everything that the harness makes
OWNER = "interop.owner"  # on what ends with the run: who made it (harness/owner.py)
PEER = "interop.peer"
DIGEST = "interop.digest"  # on images: what they were built from
STAGE = "interop.stage=build"  # Dockerfiles say it first in the stages before the last
IMAGES = (f"{MADE}=1", STAGE)


def labels(**more: str) -> dict[str, str]:
    """The labels of a thing that the harness makes."""
    return {MADE: "1"} | {f"{MADE}.{name}": value for name, value in more.items()}


def sweep(engine: Engine) -> list[str]:
    """Removes containers, networks and volumes whose makers are gone; returns what stayed. Raises EngineError."""
    return _remove_all(engine, lambda made: owner.is_gone(made.get(OWNER, "")))


def sweep_own(engine: Engine, run: str) -> list[str]:
    """Removes what this very run made, by its id; returns what could not be removed, in words."""
    return _remove_all(engine, lambda made: made.get(f"{MADE}.run") == run)


def clean(say: Callable[[str], None]) -> None:
    """Removes every image, container, network and volume of the harness, except what a run still needs.

    Needed is what another process of this machine made that lives, or may: a container beside ours, for one, whose
    processes we do not see. Whoever asks to clean means the rest too: what was made before the last boot, or by another
    machine that shares this engine, which a sweep would not touch.
    """
    found = find()
    if found.engine is None:
        say(f"{found.reason}; there are no containers or images to remove")
        return
    try:
        ours = owner.current()
        for complaint in _remove_all(found.engine, lambda made: _free(made.get(OWNER, ""), ours)):
            say(complaint)
        say(f"removed {_remove_images(found.engine)} images from {found.engine}")
    except EngineError as error:
        say(f"{found.engine} could not be cleaned: {error}")
    finally:
        found.engine.close()


def _free(maker: str, ours: str) -> bool:
    return maker == ours or not owner.may_live(maker)


def _remove_all(engine: Engine, wanted: Callable[[Mapping[str, str]], bool]) -> list[str]:
    """Removes what has labels as wanted; returns what could not be removed, in words."""
    api, ours = engine.api, {"label": f"{MADE}=1"}
    complaints = []
    with refusals():
        containers = api.containers(all=True, filters=ours)
        networks = api.networks(filters=ours)
        volumes = api.volumes(filters=ours)["Volumes"] or []
    for kind, found, key, remove in (  # in this order: a container holds on to its network and volume
        ("container", containers, "Id", _remove_container),
        ("network", networks, "Id", lambda api, network: api.remove_network(network)),
        ("volume", volumes, "Name", lambda api, volume: api.remove_volume(volume)),
    ):
        for thing in found:
            if not wanted(thing["Labels"] or {}):
                continue
            try:
                with refusals():
                    remove(api, thing[key])
            except EngineError as error:
                if not error.missing:
                    complaints.append(f"{kind} {thing[key]} could not be removed: {error}")
    return complaints


def _remove_container(api: APIClient, container: str) -> None:
    try:
        api.remove_container(container, force=True, v=True)
    except Exception as error:
        if getattr(error, "status_code", 0) != 409:
            raise
        api.wait(container, timeout=10, condition="removed")  # it is being removed already


def _remove_images(engine: Engine) -> int:
    """Removes the images of peers and of their build stages, and all that only they stand on."""
    removed = 0
    for label in IMAGES:
        with refusals():
            images = {image["Id"] for image in engine.api.images(filters={"label": label})}
        for image in images:
            try:
                with refusals():
                    engine.api.remove_image(image, force=True)
                removed += 1
            except EngineError as error:
                if not error.missing and not error.conflict:
                    raise
    return removed
