"""Makes what a run has for itself on this machine, and removes what dead runs left (decision 27)."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from zmq_interop import owner
from zmq_interop.locks import held_briefly
from zmq_interop.paths import LATEST, RUNS
from zmq_interop.runtimes.base import RunPlace

KEPT_RUNS = 20
_PREFIX = "interop-"
_OWNER = "owner"  # the file that tells whose a run's folder is
_MARK = ".owner"  # ends the name of a link beside a scratch folder, whose target tells whose that is
_STAMP = "%Y%m%d-%H%M%S"


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
        if not goes_on(old):
            shutil.rmtree(old, ignore_errors=True)
    with held_briefly(runs):
        now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 (it only names the run)
        stamp = _stamp((path.name for path in runs.iterdir()), now)
        folder = Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=runs))
    folder.chmod(0o755)
    (folder / _OWNER).write_text(owner.current())
    scratch = _scratch()
    place = RunPlace(run_id=folder.name, folder=folder, scratch=scratch, owner=owner.current(), control=control)
    place.ctl.mkdir()
    place.ipc.mkdir()
    # Over ipc an agent may take over what another user's has bound (zmq_ipc(7)), so there is no sticky bit. Containers
    # have this folder mounted; no other user of this machine comes in, since `scratch` is ours alone.
    place.ipc.chmod(0o777)
    (folder / "agents").mkdir()
    with held_briefly(runs):
        fresh = latest.with_name(f"{latest.name}.new")
        fresh.unlink(missing_ok=True)  # of one that was killed here
        fresh.symlink_to(folder)
        fresh.replace(latest)
    return place


def earlier(folder: Path) -> list[Path]:
    """The folders of the runs that began before the one of this folder, as far as they are kept; the newest first."""
    return sorted((path for path in folder.parent.iterdir() if path.is_dir() and path.name < folder.name), reverse=True)


def _stamp(names: Iterable[str], now: datetime.datetime) -> str:
    """When a run begins, as its name has it: after all of these names, also within one second, or where the clock was
    set back since. By their names runs are in order: the first are the oldest, and the first to go."""
    for name in names:
        with contextlib.suppress(ValueError):  # a folder of somebody else's
            before = datetime.datetime.strptime("-".join(name.split("-")[:2]), _STAMP).replace(tzinfo=datetime.UTC)
            now = max(now, before + datetime.timedelta(seconds=1))
    return now.strftime(_STAMP)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A new folder in memory for a command that is no run; gone at its end, or swept by the next where it is killed."""
    sweep()
    folder = _scratch()
    try:
        yield folder
    finally:
        _remove_scratch(folder)


def _scratch() -> Path:
    """A new folder in memory, and the link that tells whose it is.

    The link comes first, and is there with all that it tells or not at all: at whatever moment its maker is killed,
    nothing is left that nobody knows to be ours.
    """
    folder = _memory() / f"{_PREFIX}{secrets.token_hex(4)}"
    _mark(folder).symlink_to(owner.current())
    folder.mkdir(mode=0o700)
    return folder


def goes_on(folder: Path) -> bool:
    """Whether the run of this folder may still be at it."""
    try:
        return owner.may_live((folder / _OWNER).read_text())
    except OSError:  # it ended in order
        return False


def remove(place: RunPlace) -> None:
    """Removes the scratch folder; the run's folder, with its logs, stays, and belongs to no process any more."""
    (place.folder / _OWNER).unlink(missing_ok=True)
    _remove_scratch(place.scratch)


def _remove_scratch(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _mark(folder).unlink(missing_ok=True)


def _mark(folder: Path) -> Path:
    return folder.with_name(folder.name + _MARK)


def marks() -> Iterator[Path]:
    """The links that tell whose scratch folders are: of all runs, also of those that are still going on."""
    return _memory().glob(f"{_PREFIX}*{_MARK}")


def stale() -> Iterator[Path]:
    """Scratch folders whose run is gone, and after each the link that tells so. Those of other users are theirs."""
    for mark in marks():
        try:
            if mark.lstat().st_uid != os.geteuid() or not owner.is_gone(str(mark.readlink())):
                continue
        except OSError:  # no link, or removed just now
            continue
        folder = mark.with_name(mark.name.removesuffix(_MARK))
        if folder.is_dir():
            yield folder
        if not folder.exists():  # asked now, when whoever asked for it has removed it, or could not
            yield mark


def sweep() -> None:
    """Removes what `stale` finds."""
    for path in stale():
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)
