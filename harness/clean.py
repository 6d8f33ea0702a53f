"""`interop clean`: removes what the project made on this machine, and only that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from harness import place
from harness.paths import PEERS, ROOT, STATE

_MADE_BY_BUILDS = ("build", "gen")


def made(root: Path = ROOT, peers: Path = PEERS, state: Path = STATE) -> Iterator[Path]:
    """What of the project's own is there to remove; .venv last, since it is from there that we run."""
    for peer in sorted(peers.glob("*/peer.toml")):
        yield from (folder for name in _MADE_BY_BUILDS if (folder := peer.parent / name).exists())
    yield from place.stale()
    yield from (folder for folder in (state, root / ".venv") if folder.exists())


def remove(path: Path) -> str:
    """Removes a folder, or a link and not what it leads to. Returns why it could not be, "" where it could."""
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        return f"{error.filename or path}: {error.strerror}"
    return ""


def main(*, dry_run: bool) -> int:
    """Removes images, containers, networks and volumes where an engine answers, then builds, logs and .venv.

    dry_run: says what would be removed, and removes nothing. Returns 0 where all is gone, else 1.
    """
    _clean_engine(dry_run)
    complaints = []
    for path in list(made()):
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if dry_run:
            print(f"would remove {shown}")
        elif complaint := remove(path):
            complaints.append(complaint)
            print(f"could not remove {complaint}")
        else:
            print(f"removed {shown}")
    return 1 if complaints else 0


def _clean_engine(dry_run: bool) -> None:
    from harness.runtimes import engine, leftovers

    if not dry_run:
        leftovers.clean(print)
        return
    found = engine.find()
    if found.engine is None:
        print(f"{found.reason}; there are no containers or images to remove")
    else:
        what = f"images, containers, networks and volumes with the label {leftovers.MADE}"
        print(f"would remove all {what} at {found.engine}")
