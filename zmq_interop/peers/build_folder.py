"""Where a peer is built and runs as a process: in its own folder, or in a copy if the project is read-only.

The copy contains files instead of links, so it is self-contained.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.peer import Peer
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.locks import held_briefly
from zmq_interop.system.paths import PEERS
from zmq_interop.system.workspace import Workspace

MADE = ("gen", "build")  # the folders of a peer that its build makes


def of(peer: Peer, space: Workspace) -> Peer:
    """The peer in the folder where it is built, with current sources: its own, or a copy in `space` if the project is
    read-only. Raises PeerBroken if they are incomplete or cannot be copied.

    An outside peer is built in place: it may depend on files next to it.
    """
    refuse_dead_links(peer)
    if space.in_place or peer.folder.parent != PEERS:
        return peer
    return copy(peer, space.workplaces)


def refuse_dead_links(peer: Peer) -> None:
    """Raises PeerBroken for a dangling link in the peer's folder, such as a link to a shared file in a copy. Names with
    a leading dot are ignored: editors make such links."""
    for path in sorted(peer.folder.glob("*")):
        if path.is_symlink() and not path.exists() and not path.name.startswith("."):
            raise PeerBroken(
                peer.name,
                f"{path} is a link to {path.readlink()}, which does not exist",
                "peers share files through links: copy a peer with `cp -rL`, which copies the files",
            )


def copy(peer: Peer, workplaces: Path, name: str = "") -> Peer:
    """The peer in a copy of its folder below `workplaces`, which keeps what was built there. name: of the copy, where
    that is not the peer's."""
    target = workplaces / (name or peer.name)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with held_briefly(workplaces):  # not the peer's own lock, which is held during a build
            _bring_up_to_date(target, dict(sources(peer.folder)))
    except OSError as error:
        why = f"{error.filename or target}: {error.strerror or error}"
        raise PeerBroken(peer.name, why, f"the harness copies its sources to {target} and builds them there") from None
    return msgspec.structs.replace(peer, folder=target)


def sources(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a peer without what builds make: name relative to the folder, and path; links count as files."""
    for here, folders, files in os.walk(folder):
        left_out = {"__pycache__", *(MADE if Path(here) == folder else ())}
        folders[:] = sorted(set(folders) - left_out)
        for name in sorted(files):
            path = Path(here) / name
            if path.is_file():  # no socket, no dead link
                yield path.relative_to(folder).as_posix(), path


def _bring_up_to_date(target: Path, wanted: dict[str, Path]) -> None:
    for name, path in sources(target):
        if name not in wanted:
            path.unlink()
    for name, path in wanted.items():
        there = target / name
        if not there.is_file() or there.read_bytes() != path.read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            there.unlink(missing_ok=True)
            shutil.copyfile(path, there)
            there.chmod(0o755 if os.access(path, os.X_OK) else 0o644)  # not its own mode: that may be read-only
