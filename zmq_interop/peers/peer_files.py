"""The files of a peer's folder. Names, links and globs are untrusted: none may lead out of the folder."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from zmq_interop.core.peer import Peer
from zmq_interop.peers import build_folder
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.paths import PEERS

MOST_FILES = 20_000  # a peer is some source files; more is a folder that was not meant
MOST_BYTES = 64 << 20  # likewise, of all files that are read
MOST_PARTS = 20  # of a glob


def walk(peer: Peer, most: int = MOST_FILES) -> Iterator[Path]:
    """The files of the folder (`build_folder.sources`), in order. Raises PeerBroken for more than `most`."""
    for number, (_, path) in enumerate(build_folder.sources(peer.folder)):
        if number == most:
            raise PeerBroken(
                peer.name, f"{peer.folder} has more than {most} files", "check that it is the folder of one peer"
            )
        yield path


def shut_in(peer: Peer) -> Iterator[Path]:
    """The same for a build that must not see this machine's other files.

    Raises PeerBroken for a link to a file that is neither in this folder nor below peers/: its content would reach the
    peer's build, which is code of whoever wrote the peer.
    """
    homes = (peer.folder.resolve(), PEERS.resolve())
    for path in walk(peer):
        real = path.resolve()
        if not any(real.is_relative_to(home) for home in homes):
            raise PeerBroken(
                peer.name, f"{path} is a link to {real}, outside the peer's files", "copy the file instead"
            )
        yield path


def matching(peer: Peer, patterns: Iterable[str]) -> list[Path]:
    """The files that a glob names, relative to the folder: `*`, `?`, `[...]` within a name, `**` for any folders.

    Raises PeerBroken for a pattern that leads out of the folder, and as `walk`.
    """
    wanted = [tuple(pattern.split("/")) for pattern in patterns]
    for parts in wanted:
        if ".." in parts or "" in parts or len(parts) > MOST_PARTS:
            raise PeerBroken(
                peer.name,
                f"peer.toml, build.inputs, {clip('/'.join(parts), 100)!r}: not a glob of files in the peer's folder",
                f"a glob is relative to the folder, stays in it, and has at most {MOST_PARTS} parts",
            )
    return [path for path in walk(peer) if any(_fits(path.relative_to(peer.folder).parts, parts) for parts in wanted)]


def read(peer: Peer, paths: Iterable[Path], most: int = MOST_BYTES) -> Iterator[tuple[Path, bytes]]:
    """The content of each file. Raises PeerBroken where one cannot be read, or all are more than `most` bytes."""
    left = most
    for path in paths:
        try:
            with path.open("rb") as file:
                content = file.read(left + 1)
        except OSError as error:
            raise PeerBroken(peer.name, f"{path}: {error.strerror}", "make it readable: the build needs it") from None
        left -= len(content)
        if left < 0:
            raise PeerBroken(
                peer.name,
                f"{peer.folder} has more than {most >> 20} MiB of files",
                f"the last one read was {path}",
            )
        yield path, content


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a file's path is one that the glob names: all ways of `**` at once, since they multiply."""
    last = len(names) - 1
    at = {0}  # how many parts of the glob the names so far may have used up
    for number, name in enumerate(names):
        reached = set()
        for place in at:
            while place < len(parts) and parts[place] == "**":  # for no folder, or for one more
                if number < last:
                    reached.add(place)
                place += 1
            if place < len(parts) and fnmatch.fnmatchcase(name, parts[place]):
                reached.add(place + 1)
        at = reached
    return len(parts) in at
