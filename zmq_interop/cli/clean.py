"""`interop clean`: removes everything that the harness created on this machine, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from zmq_interop.peers import build_folder
from zmq_interop.system import home, scratch
from zmq_interop.system.paths import PEERS, ROOT
from zmq_interop.system.workspace import Workspace


def made(space: Workspace) -> Iterator[Path]:
    """The files and folders to remove; .venv last, because this process runs from it."""
    yield from scratch.stale(space.sockets)
    if space.in_place:
        for peer in sorted(PEERS.glob("*/peer.toml")):
            yield from (folder for name in build_folder.MADE if (folder := peer.parent / name).exists())
        yield from (folder for folder in (space.folder, ROOT / ".venv") if folder.exists())
    else:
        # For an installed wheel, also the folders of former versions: nothing else removes them.
        beside = [space.folder] if space.named else sorted(space.folder.parent.glob("*"))
        yield from (folder for folder in beside if home.is_ours(folder))


def remove(path: Path) -> str:
    """Removes a folder, or a link but not its target. Returns why that failed, or ""."""
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        return f"{error.filename or path}: {error.strerror}"
    return ""


def main(space: Workspace, *, dry_run: bool) -> int:
    """Removes images, containers, networks and volumes if an engine answers, then builds, logs and .venv.

    space: where they are. dry_run: only print what would be removed. Returns 0 if everything is gone, else 1.
    """
    from zmq_interop.agents.runtimes import orphans

    found = orphans.clean(print, dry_run=dry_run)
    complaints = []
    for path in made(space):
        found = True
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if dry_run:
            print(f"would remove {shown}")
        elif complaint := remove(path):
            complaints.append(complaint)
            print(f"could not remove {complaint}")
        else:
            print(f"removed {shown}")
    if not found:
        print("nothing to remove")
    return 1 if complaints else 0
