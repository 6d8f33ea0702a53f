"""Peers that are container images. Their manifest is read from the image without running it."""

from __future__ import annotations

import io
import secrets
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zmq_interop.agents.runtimes import orphans
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, find, refusals
from zmq_interop.core.peer import FILE, Peer
from zmq_interop.peers import manifest
from zmq_interop.peers.manifest import MAX_BYTES
from zmq_interop.system import home, owner
from zmq_interop.system.stdio import show

if TYPE_CHECKING:
    import requests

FOLDER = Path("/interop")  # the manifest's folder in an image, by the contract
PEER_TOML = FOLDER / FILE
MOST_READ = MAX_BYTES + (64 << 10)  # bytes of the archive: the manifest, and room for headers
_RUN = "manifest"  # in place of a run's id, for a container that is only read
NO_ENGINE_HINT = f"start Docker, or start an engine for one command: {home.WITH_ENGINE} {home.COMMAND} run"


class _Unfit(Exception):
    """An image is not a usable peer. The arguments are the problem, and what to do about it."""


def load(image: str) -> Peer:
    """The peer in an image. If it cannot be used, the peer has a `problem`, and the name of the image.

    image: a name for the engine, which pulls the image if it does not have it. Blocks.
    """
    found = find()
    try:
        if found.engine is None:
            raise _Unfit(f"cannot inspect the image {image}: {found.reason}", NO_ENGINE_HINT)
        try:
            _ensure(found.engine, image)
            read = manifest.parse(_manifest(found.engine, image))
        except EngineError as error:
            raise _Unfit(f"{found.engine} cannot inspect the image {image}: {error}", "") from None
        except ValueError as error:
            raise _Unfit(f"{PEER_TOML} in the image {image}: {error}", "") from None
    except _Unfit as unfit:
        problem, hint = unfit.args
        name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        return Peer(name=name, folder=FOLDER, image=image, problem=problem, hint=hint)
    finally:
        if found.engine is not None:
            found.engine.close()
    return Peer(name=read.name, folder=FOLDER, image=image, manifest=read)


def stranger(engine: DockerDaemon, image: str) -> str:
    """Why an image may not start on this engine: it was built for another platform. "" if it was not.

    With emulation of that platform, it may still start. Raises EngineError.
    """
    with refusals():
        here: str = engine.api.version().get("Arch", "")
    made_for = str((engine.image(image) or {}).get("Architecture") or here)
    return f"the image {image} is for {made_for}, and the engine's machine is {here}" if made_for != here else ""


def _ensure(engine: DockerDaemon, image: str) -> None:
    """Pulls the image if the engine does not have it: then the user means an image in a registry."""
    if engine.image(image) is not None:
        return
    show(f"interop: pulling {image}, which {engine} does not have", sys.stderr)
    try:
        with refusals():
            for told in engine.api.pull(image, stream=True, decode=True):
                if "error" in told:
                    raise EngineError(str(told["error"]))
    except EngineError as error:
        raise _Unfit(
            f"{engine} has no image {image}, and it could not be pulled: {error}",
            "build it on that engine, or load it there, first",
        ) from None


def _manifest(engine: DockerDaemon, image: str) -> bytes:
    """The manifest's bytes. If it is too long, only enough of it to show that. Raises _Unfit, EngineError."""
    api = engine.connect()  # a separate client, since the answer is not read to its end
    answers: list[requests.Response] = []
    api.hooks["response"] = [lambda answer, *_, **__: answers.append(answer)]
    container = ""
    try:
        with refusals():
            container = api.create_container(
                image,
                command=["never-started"],  # an image need not define one
                name=f"{orphans.name(_RUN)}-{secrets.token_hex(4)}",
                labels=orphans.labels(run=_RUN, owner=owner.current()),
                host_config=api.create_host_config(network_mode="none"),
                use_config_proxy=False,
            )["Id"]
            archive, _ = api.get_archive(container, str(PEER_TOML))
            head = _head(archive)
    except EngineError as error:
        if container and error.missing:
            raise _Unfit(
                f"the image {image} has no {PEER_TOML}", "copy the peer's manifest there (docs/peer-contract.md)"
            ) from None
        raise
    finally:
        for answer in answers:  # the engine keeps the container until then
            answer.close()
        api.close()
        if container:
            with refusals():
                engine.api.remove_container(container, force=True, v=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(head), mode="r|") as tar:
            member = tar.next()
            file = tar.extractfile(member) if member and member.isreg() else None
            if file is None:
                raise _Unfit(
                    f"{PEER_TOML} in the image {image} is not a regular file", "copy the file itself, not a link"
                )
            return file.read(MAX_BYTES + 1)
    except tarfile.TarError as error:
        raise EngineError(f"its archive of {PEER_TOML} cannot be read: {error}") from None


def _head(archive: Iterable[bytes]) -> bytes:
    """The start of an archive, long enough for any valid manifest. Does not read the rest."""
    head = bytearray()
    for piece in archive:
        head += piece
        if len(head) >= MOST_READ:
            break
    return bytes(head)
