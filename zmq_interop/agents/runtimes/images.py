"""Builds the image of a peer if its inputs have changed, with the engine's classic builder.

Each image has the digest of its inputs as a tag, by which runs find it. Runs from several checkouts may share an
engine, so a run must not find another checkout's image under a common name, or lose its own. The image that was looked
up last also gets the tag of compose.yaml.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zmq_interop.agents.compose import Service
from zmq_interop.agents.runtimes import layers
from zmq_interop.agents.runtimes.build_context import BuildContext, collect
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, refusals
from zmq_interop.agents.runtimes.orphans import DIGEST, PEER, labels, names_of
from zmq_interop.core.peer import Peer
from zmq_interop.peers import build_advice
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import home
from zmq_interop.system.errors import PeerBroken

if TYPE_CHECKING:
    import requests

SHOWN_LINES = 20
LIMIT_SECONDS = 1800  # as for a build without a container
MOST_OUTPUT = 64 << 20  # characters of a build's output; more means that the build is broken
MOST_SHOWN = 64 << 10  # last characters to keep, of which a message shows the last lines
MEMORY = 4 << 30  # bytes for a step of a build
KEPT = datetime.timedelta(days=1)  # an image stays this long after its last lookup, so that no run loses its image
BASE_HINT = f"{home.WITH_ENGINE} COMMAND builds debian:trixie-slim without a registry"


class Images:
    """The images of one run. Several peers may be built at once."""

    def __init__(self, engine: DockerDaemon, protos: ProtoSet, logs: Path, records: Path) -> None:
        self._engine = engine
        self._protos = protos
        self._logs = logs
        self._records = records
        self._bases: dict[str, str] = {}
        self._bases_lock = asyncio.Lock()
        self._building = 0
        self._bundled: list[str] = []  # layers with a CA bundle, to remove when no build is running

    async def ensure(self, peer: Peer, service: Service, say: Callable[[str], None]) -> str:
        """The id of the peer's image, built now if its inputs changed. Raises PeerBroken."""
        try:
            context = await asyncio.to_thread(collect, peer, self._protos, service.build.dockerfile)
            arguments = self._arguments(peer, service.build.args)
            digest = await self._digest(peer, context, arguments)
            name = f"{_repository(service.image)}:{digest[:12]}"
            image = await asyncio.to_thread(self._present, name, digest, service.image)
            if image:
                return image
            log = self._logs / f"build-{peer.name}-container.log"
            say(f"building image {_repository(service.image)} (output in {log})")
            build = _Build(self._engine, peer.name, name, service, context, arguments, digest, log)
            try:
                await self._run(build, context.bundled, say)
            finally:
                await asyncio.to_thread(self._drop_former_cache, peer.name, build)
            image = await asyncio.to_thread(self._present, name, digest, service.image)
            if not image:
                raise PeerBroken(
                    peer.name, f"{name} was built, but has been removed", "check whether another program removes images"
                )
            await asyncio.to_thread(self._remove_former, peer.name, image)
            return image
        except EngineError as error:
            raise PeerBroken(peer.name, f"{self._engine} could not build the image: {error}") from None

    def _arguments(self, peer: Peer, names: Iterable[str]) -> dict[str, str]:
        known = self._protos.environment()
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise PeerBroken(
                peer.name,
                f"compose.yaml passes the image an unknown build argument: {unknown[0]}",
                f"known: {', '.join(known)}",
            )
        return {name: known[name] for name in names}

    async def _digest(self, peer: Peer, context: BuildContext, arguments: dict[str, str]) -> str:
        bases = []
        for base in context.bases:
            async with self._bases_lock:  # pull a missing base of two peers only once
                if base not in self._bases:
                    self._bases[base] = await asyncio.to_thread(self._base, peer, base)
                bases.append(self._bases[base])
        inputs = json.dumps([context.content, bases, sorted(arguments.items())])
        return hashlib.sha256(inputs.encode()).hexdigest()

    def _base(self, peer: Peer, name: str) -> str:
        """The id of an image that a Dockerfile builds on. Pulls it if it is missing. Raises PeerBroken."""
        found = self._engine.image(name)
        if found:
            return str(found["Id"])
        repository, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "latest")
        try:
            with refusals():
                self._engine.api.pull(repository, tag=tag)
        except EngineError as error:
            raise PeerBroken(
                peer.name, f"the base image {name} is not present and could not be pulled: {error}", BASE_HINT
            ) from None
        return str((self._engine.image(name) or {}).get("Id", ""))

    def _present(self, name: str, digest: str, shown: str) -> str:
        """The id of the image with this name, "" if there is none.

        Tags it as compose.yaml does. The time of that tag records this lookup at the engine.
        """
        found = self._engine.image(name)
        if not found or (found["Config"]["Labels"] or {}).get(DIGEST) != digest:
            return ""
        with refusals():
            self._engine.api.tag(found["Id"], _repository(shown), tag=shown.removeprefix(f"{_repository(shown)}:"))
        return str(found["Id"])

    async def _run(self, build: _Build, bundled: bool, say: Callable[[str], None]) -> None:
        self._building += 1
        running = asyncio.ensure_future(asyncio.to_thread(build.run))
        try:
            await asyncio.wait_for(asyncio.shield(running), LIMIT_SECONDS)
        except (asyncio.CancelledError, TimeoutError) as error:
            build.abort()  # a thread cannot be cancelled, and the interpreter would wait for it at its exit
            await asyncio.wait([running], timeout=10)
            if running.done():
                running.exception()
            if isinstance(error, TimeoutError):
                raise build.broken(f"building its image took longer than {LIMIT_SECONDS / 60:g} minutes") from None
            raise
        finally:
            self._building -= 1
            if bundled:
                self._bundled += build.steps.bundled(finished=build.finished)
            if not self._building:  # another build may use these layers
                await self._remove_bundled(say)
        if bundled and build.steps.bundle_in_result():
            with refusals():
                await asyncio.to_thread(self._engine.api.remove_image, build.image, force=True)
            raise PeerBroken(
                build.peer, "the last stage of the Dockerfile copies ca-bundle.crt", "copy it in earlier stages only"
            )

    async def _remove_bundled(self, say: Callable[[str], None]) -> None:
        for _ in range(20):  # an aborted build keeps its last layer until the engine notices
            self._bundled = await asyncio.to_thread(layers.remove, self._engine, self._bundled)
            if not self._bundled:
                return
            await asyncio.sleep(0.5)
        say(f"could not remove images that contain a CA bundle: {' '.join(self._bundled)}")

    def _drop_former_cache(self, peer: str, build: _Build) -> None:
        """Removes layers of the previous build that this build did not use: no build would use them again."""
        record = self._records / f"{peer}-container.layers"
        before = record.read_text().split() if record.is_file() else []
        now = build.steps.images()
        unused = [layer for layer in before if layer not in now]
        if build.finished:
            with contextlib.suppress(EngineError):
                unused = layers.remove(self._engine, unused)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text("\n".join([*unused, *now]))

    def _remove_former(self, peer: str, present: str) -> None:
        """Removes the peer's images that no run has looked up for longer than KEPT.

        More recent ones stay, of any checkout: the engine protects a run's image only while the run has containers.
        """
        with refusals():
            images = self._engine.api.images(filters={"label": f"{PEER}={peer}"})
        for listed in images:
            image = self._engine.image(listed["Id"])
            if not image or image["Id"] == present or _idle(image) < KEPT:
                continue
            ours, others = names_of(listed)
            for name in ours or ([] if others else [image["Id"]]):  # removing the last name removes the image
                with contextlib.suppress(EngineError), refusals():  # a container of a long run still uses it
                    self._engine.api.remove_image(name)


class _Build:
    """One call of the builder, in its own thread."""

    def __init__(
        self,
        engine: DockerDaemon,
        peer: str,
        image: str,
        service: Service,
        context: BuildContext,
        arguments: dict[str, str],
        digest: str,
        log: Path,
    ) -> None:
        self.peer = peer
        self.image = image
        self.steps = layers.Steps()
        self.finished = False
        self._engine = engine
        self._service = service
        self._context = context
        self._arguments = arguments
        self._labels = labels(peer=peer, digest=digest)
        self.log = log
        self._response: requests.Response | None = None
        self._aborted = False
        self._tail = ""

    def run(self) -> None:
        """Builds the image. Raises PeerBroken with the last lines of the output, or EngineError."""
        said = 0
        api = self._engine.connect()
        api.hooks["response"] = [self._remember]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.log.open("w") as log, refusals():
                for chunk in api.build(
                    fileobj=io.BytesIO(self._context.tar),
                    custom_context=True,
                    dockerfile=self._service.build.dockerfile,
                    tag=self.image,
                    buildargs=self._arguments,
                    labels=self._labels,
                    container_limits={"memory": MEMORY, "memswap": MEMORY},
                    rm=True,
                    forcerm=True,
                    decode=True,
                    timeout=None,  # apt or a compiler may print nothing for minutes
                ):
                    text = _text(chunk)
                    log.write(text)
                    log.flush()
                    self.steps.feed(text)
                    self._tail = (self._tail + text)[-MOST_SHOWN:]
                    said += len(text)
                    why = f"its image could not be built: {chunk['error']}" if "error" in chunk else ""
                    if said > MOST_OUTPUT:
                        why = f"the build of its image printed more than {MOST_OUTPUT >> 20} MiB"
                    if why:
                        raise self.broken(why)
        finally:
            if self._response is not None:
                self._response.close()
            api.close()
        if self._aborted:
            raise EngineError("the build was aborted")
        self.finished = True

    def broken(self, why: str) -> PeerBroken:
        """The error to raise: `why`, and the last lines of the output."""
        last = "".join(self._tail.splitlines(keepends=True)[-SHOWN_LINES:])
        return PeerBroken(self.peer, why, build_advice.hint(last, self.log), last)

    def abort(self) -> None:
        """Closes the connection, on which the engine aborts the build."""
        from docker.types import CancellableStream

        self._aborted = True
        if self._response is not None:
            with contextlib.suppress(EngineError), refusals():
                CancellableStream(iter(()), self._response).close()

    def _remember(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._response = response


def _text(chunk: dict[str, Any]) -> str:
    """The text of one message of the builder, for the log."""
    if "stream" in chunk:
        return str(chunk["stream"])
    if "error" in chunk:
        return f"\n{chunk['error']}\n"
    if "status" in chunk and "progressDetail" not in chunk:  # of a pull, without progress bars
        return f"{chunk['status']}\n"
    return ""


def _repository(name: str) -> str:
    """An image's name without its tag. A colon before the last slash belongs to a registry's port."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def _idle(image: dict[str, Any]) -> datetime.timedelta:
    """The time since an image was last built or looked up. Not every engine says when an image was last tagged."""
    times = [image.get("Created"), (image.get("Metadata") or {}).get("LastTagTime")]
    known = [datetime.datetime.fromisoformat(time) for time in times if time]
    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 (the engine reports dates, too)
    return now - max(known, default=datetime.datetime.min.replace(tzinfo=datetime.UTC))
