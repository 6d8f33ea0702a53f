"""Builds a peer on this machine if any of its inputs has changed.

A record of the build and its inputs is kept in the peer's own `build` folder: another checkout that uses the same peer
sees if it was built from different protos, and removing the result removes the record.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path

import msgspec

from zmq_interop.core.peer import Build, Manifest, Peer
from zmq_interop.peers import build_advice, peer_files, requirements
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import commands, home, scratch
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

LIMIT_SECONDS = 1800  # far longer than any build takes


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The last successful build.

    made_from: digest of all that went into it. left: what it left, relative to the peer's folder. bins and versions:
    as in needs.Met.
    """

    made_from: str
    left: tuple[str, ...]
    bins: tuple[str, ...]
    versions: dict[str, str]


async def build(
    peer: Peer,
    protos: ProtoSet,
    space: Workspace,
    log: Path,
    say: Callable[[str], None],
    install: bool,
    limit: float = LIMIT_SECONDS,
) -> dict[str, str]:
    """Builds `peer` if necessary, and returns the additional environment variables of its agent.

    space: where build requirements are installed. log: the file for the build's output. say: gets progress lines.
    install: whether to install build requirements. limit: seconds. Raises PeerBroken.
    """
    manifest = peer.require()
    if manifest.build is None:
        return requirements.environment((await requirements.meet(peer, space, say=say, install=install)).bins)
    record = current(peer, protos)
    if record is None:
        waiting = f"{peer.name}: waiting for another harness, or a build that it left running, in {peer.folder}"
        async with held(peer.folder, waiting=lambda: say(waiting)) as lock:
            record = current(peer, protos) or await _build(
                peer, manifest.build, protos, space, log, say, install, limit, lock
            )
    return requirements.environment(record.bins)


def current(peer: Peer, protos: ProtoSet) -> Record | None:
    """The record of the last build; None if its result is not up to date."""
    manifest = peer.require()
    try:
        record = msgspec.json.decode(_record(peer).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None
    if not all((peer.folder / name).exists() for name in record.left):
        return None
    return record if record.made_from == _digest(peer, manifest, protos, record.bins) else None


def inputs(peer: Peer, build: Build) -> list[Path]:
    """The files that the globs of `build.inputs` name, without what builds make; PeerBroken if there is none."""
    files = peer_files.matching(peer, build.inputs)
    if not files:
        raise PeerBroken(
            peer.name,
            f"peer.toml, build.inputs: no file in {peer.folder} matches {', '.join(build.inputs) or 'nothing'}",
            "list the files that the agent is built from",
        )
    return files


async def _build(
    peer: Peer,
    build: Build,
    protos: ProtoSet,
    space: Workspace,
    log: Path,
    say: Callable[[str], None],
    install: bool,
    limit: float,
    lock: int,
) -> Record:
    manifest = peer.require()
    met = await requirements.meet(peer, space, say=say, install=install)
    made_from = _digest(
        peer, manifest, protos, met.bins
    )  # computed before the build: an input that changes meanwhile causes a rebuild
    _record(peer).unlink(missing_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"{peer.name}: building ({' '.join(build.command)})")
    temporary = scratch.make(space.make(space.folder))  # compilers that are killed leave large files there
    try:
        done = await commands.run(
            commands.expand(build.command),
            cwd=peer.folder,
            env={
                **os.environ,
                **protos.environment(),
                **requirements.environment(met.bins),
                "TMPDIR": str(temporary),
            },
            log=log,
            limit=limit,
            inherited=(lock,),  # a killed harness leaves the build running, and the lock must stay held
        )
    finally:
        scratch.remove(temporary)
    if done.status != 0:
        how = f"failed with status {done.status}"
        if done.status == commands.TIMED_OUT:
            how = f"did not finish within {limit / 60:g} minutes"
        tail = done.tail()
        raise PeerBroken(peer.name, f"the build {how}: {' '.join(build.command)}", build_advice.hint(tail, log), tail)
    left = _left(peer, manifest)
    if missing := [name for name in left if not (peer.folder / name).exists()]:
        raise PeerBroken(
            peer.name, f"the build succeeded, but did not create {missing[0]}", f"full output: {log}", done.tail()
        )
    record = Record(made_from=made_from, left=left, bins=met.bins, versions=met.versions)
    _write(_record(peer), msgspec.json.encode(record))
    return record


def _left(peer: Peer, manifest: Manifest) -> tuple[str, ...]:
    """What the agent needs to start: its program, if it is in the folder, and generated code."""
    program = manifest.run.command[0]
    programs = (program,) if "/" in program and not program.startswith("/") else ()
    return programs + tuple(name for name in ("gen",) if (peer.folder / name).is_dir())


def _digest(peer: Peer, manifest: Manifest, protos: ProtoSet, bins: tuple[str, ...]) -> str:
    assert manifest.build is not None
    digest = hashlib.sha256()
    facts = [
        protos.digest,
        home.compiler(),
        platform.machine(),
        *manifest.build.command,
        *(repr(need) for need in manifest.needs),
        *requirements.identity(manifest.needs, bins),
    ]
    for fact in facts:
        digest.update(f"{len(fact)} {fact}\n".encode())
    for path, content in peer_files.read(peer, inputs(peer, manifest.build)):
        digest.update(f"{os.path.relpath(path, peer.folder)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _record(peer: Peer) -> Path:
    return peer.folder / "build" / ".record.json"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
