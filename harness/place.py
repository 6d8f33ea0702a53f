"""Makes what a run has for itself on this machine, and removes what dead runs left."""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import owner
from harness.paths import LATEST, RUNS
from harness.runtimes.base import RunPlace

KEPT_RUNS = 20
_PREFIX = "interop-"
_OWNER = "owner"  # the file that tells whose a folder is


def _memory() -> Path:
    """Where sockets are made: in memory where there is such a folder (ipc is three times faster there), and near the
    root, since a socket's path has at most 107 bytes."""
    shm = Path("/dev/shm")  # noqa: S108 (what we make there has a random name and is ours alone)
    return shm if shm.is_dir() and os.access(shm, os.W_OK) else Path(tempfile.gettempdir())


def make(control: str = "auto", runs: Path = RUNS, latest: Path = LATEST) -> RunPlace:
    """A new run: its folder below `runs`, with `latest` pointing to it, and its scratch folder.

    Sweeps scratch folders of dead runs first, and all but the newest KEPT_RUNS run folders; those of other runs that
    are still going on stay.
    """
    sweep()
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[: -(KEPT_RUNS - 1)]:
        if not _goes_on(old):
            shutil.rmtree(old, ignore_errors=True)
    now = datetime.datetime.now(datetime.UTC)
    folder = Path(tempfile.mkdtemp(prefix=now.strftime("%Y%m%d-%H%M%S-"), dir=runs))
    folder.chmod(0o755)
    (folder / _OWNER).write_text(owner.current())
    scratch = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_memory()))
    (scratch / _OWNER).write_text(owner.current())
    place = RunPlace(run_id=folder.name, folder=folder, scratch=scratch, owner=owner.current(), control=control)
    place.ctl.mkdir()
    place.ipc.mkdir()
    # Over ipc an agent may take over what another user's has bound (zmq_ipc(7)), so there is no sticky bit. Containers
    # have this folder mounted; no other user of this machine comes in, since `scratch` is ours alone.
    place.ipc.chmod(0o777)
    (folder / "agents").mkdir()
    fresh = latest.with_name(f"latest.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder)
    fresh.replace(latest)
    return place


def _goes_on(folder: Path) -> bool:
    try:
        return owner.may_live((folder / _OWNER).read_text())
    except OSError:  # it ended in order
        return False


def remove(place: RunPlace) -> None:
    """Removes the scratch folder; the run's folder, with its logs, stays, and belongs to no process any more."""
    (place.folder / _OWNER).unlink(missing_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)


def stale() -> Iterator[Path]:
    """Scratch folders whose run is gone. Those of other users are theirs, whatever they hold for us to read."""
    for folder in _memory().glob(f"{_PREFIX}*"):
        try:
            if folder.lstat().st_uid != os.geteuid():
                continue
            text = (folder / _OWNER).read_text()
        except OSError:
            continue  # no folder of a run, or just being made
        if owner.is_gone(text):
            yield folder


def sweep() -> None:
    """Removes what `stale` finds."""
    for folder in stale():
        shutil.rmtree(folder, ignore_errors=True)
