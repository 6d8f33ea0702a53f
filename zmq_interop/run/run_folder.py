"""Creates a run's folder and scratch folder, and removes those of dead runs (decision 27)."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.system import owner, scratch
from zmq_interop.system.locks import held_briefly
from zmq_interop.system.workspace import Workspace

KEPT_RUNS = 20  # of each sort: who plays one cell again and again must not lose the last whole run
WHOLE, NARROWED, CELL = "whole", "narrowed", "cell"  # the sorts: narrowed by patterns or options, or to a single cell
_SORT = "sort"  # the file that names the sort of a run
_OWNER = "owner"  # the file that names the process that owns the folder
_STAMP = "%Y%m%d-%H%M%S"


def make(space: Workspace, control: str = "auto", sort: str = WHOLE) -> RunPlace:
    """A new run: its folder below `space.runs`, with `space.latest` pointing to it, and its scratch folder.

    First removes the scratch folders of dead runs, and all but the newest KEPT_RUNS run folders of this sort; those of
    running runs stay.
    """
    for below in (space.sockets, space.folder):  # of runs, and of their builds
        scratch.sweep(below)
    runs = space.runs
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir() and sort_of(path) == sort)[: -(KEPT_RUNS - 1)]:
        if not goes_on(old):
            shutil.rmtree(old, ignore_errors=True)
    with held_briefly(runs):
        now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 (it only names the run)
        stamp = _stamp((path.name for path in runs.iterdir()), now)
        folder = Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=runs))
    folder.chmod(0o755)
    (folder / _SORT).write_text(sort)
    (folder / _OWNER).write_text(owner.current())
    place = RunPlace(
        run_id=folder.name, folder=folder, scratch=scratch.make(space.sockets), owner=owner.current(), control=control
    )
    place.ctl.mkdir()
    place.ipc.mkdir()
    # Over ipc an agent may take over an endpoint that another user's agent has bound (zmq_ipc(7)), so there is no
    # sticky bit. Containers mount this folder; other users of this machine cannot enter `scratch`.
    place.ipc.chmod(0o777)
    (folder / "agents").mkdir()
    mark_latest(space, folder)
    return place


def mark_latest(space: Workspace, folder: Path) -> None:
    """Makes this the run that `report` and `ledger add` take without a name."""
    with held_briefly(space.runs):
        fresh = space.latest.with_name(f"{space.latest.name}.new")
        fresh.unlink(missing_ok=True)  # left by a run that was killed here
        fresh.symlink_to(folder)
        fresh.replace(space.latest)


def sort_of(folder: Path) -> str:
    """The sort of a run, WHOLE if its folder does not say."""
    try:
        return (folder / _SORT).read_text()
    except (OSError, ValueError):
        return WHOLE


def earlier(folder: Path) -> list[Path]:
    """The kept folders of runs that started before this one, newest first."""
    return sorted((path for path in folder.parent.iterdir() if path.is_dir() and path.name < folder.name), reverse=True)


def _stamp(names: Iterable[str], now: datetime.datetime) -> str:
    """The time stamp in a run's name. It is later than all these names, even within one second or after the clock was
    set back, so that names sort by age and the oldest run is removed first."""
    for name in names:
        with contextlib.suppress(ValueError):  # not a run's folder
            before = datetime.datetime.strptime("-".join(name.split("-")[:2]), _STAMP).replace(tzinfo=datetime.UTC)
            now = max(now, before + datetime.timedelta(seconds=1))
    return now.strftime(_STAMP)


def goes_on(folder: Path) -> bool:
    """Whether the run of this folder may still be running."""
    try:
        return owner.may_live((folder / _OWNER).read_text())
    except OSError:  # the run has ended
        return False


def remove(place: RunPlace) -> None:
    """Removes the scratch folder; the run's folder with its logs stays, without an owner."""
    (place.folder / _OWNER).unlink(missing_ok=True)
    scratch.remove(place.scratch)
