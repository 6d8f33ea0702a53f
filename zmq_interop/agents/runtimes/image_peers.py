"""Peers that are container images: their manifest is read from the image, of which nothing is run for that."""

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

FOLDER = Path("/interop")  # where the contract wants the manifest in an image
PEER_TOML = FOLDER / FILE
MOST_READ = MAX_BYTES + (64 << 10)  # bytes of the archive with the manifest, of which headers are the rest
_RUN = "manifest"  # stands for the id of a run where a container is made to be read
NO_ENGINE_HINT = f"start Docker, or start an engine for one command: {home.WITH_ENGINE} {home.COMMAND} run"


class _Unfit(Exception):
    """Why an image is no peer. The arguments are the problem, and what to do about it."""


def load(image: str) -> Peer:
    """The peer that an image holds; one that cannot be used is kept with its `problem`, under the name of the image.

    image: as one names it to the engine, which pulls it where it has none of that name. Blocks.
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
    """Why an image may not start at this engine: it was made for other machines; "" where it was not.

    It may start all the same, where something emulates those. Raises EngineError.
    """
    with refusals():
        here: str = engine.api.version().get("Arch", "")
    made_for = str((engine.image(image) or {}).get("Architecture") or here)
    return f"the image {image} is for {made_for}, and the engine's machine is {here}" if made_for != here else ""


def _ensure(engine: DockerDaemon, image: str) -> None:
    """Pulls the image where the engine has none of this name: whoever names one that is not here means a registry's."""
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
    """The manifest's bytes; of one that is too long, as many as show it. Raises _Unfit, EngineError."""
    api = engine.connect()  # of its own, for the answer that is not read to its end
    answers: list[requests.Response] = []
    api.hooks["response"] = [lambda answer, *_, **__: answers.append(answer)]
    container = ""
    try:
        with refusals():
            container = api.create_container(
                image,
                command=["never-started"],  # so that an image need not name one
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
        for answer in answers:  # until then the engine holds on to the container
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
    """The beginning of an archive, as long as that with any manifest is; the rest is not read."""
    head = bytearray()
    for piece in archive:
        head += piece
        if len(head) >= MOST_READ:
            break
    return bytes(head)
