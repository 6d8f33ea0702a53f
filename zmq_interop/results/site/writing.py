"""Writes the site: pages, badges, and the history from which the next build goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from zmq_interop.results.report import badge, reading
from zmq_interop.results.site import overview, scanning, single
from zmq_interop.results.site.history import VERSION, History, RunFacts, Stored
from zmq_interop.results.site.markup import slug
from zmq_interop.results.site.now import Now, count, logs_of
from zmq_interop.system.errors import UsageError

HISTORY = "history.json"
_FOLDERS = ("scenario", "library", "finding", "badge")  # written anew by each build


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. added: runs that the history did not have. skipped: ids of runs that are older than its newest.
    runs, cells, files: how many there are now."""

    added: int
    skipped: list[str]
    runs: int
    cells: int
    files: int


def gather(paths: Sequence[Path], history: History) -> tuple[list[tuple[Path, RunFacts, int]], list[str]]:
    """Adds the runs of these logs to the history, the oldest first. Returns each log with its run and its number of
    verdicts, and the ids of runs that came too late. Raises UsageError, LogError."""
    found = []
    skipped = []
    for scanned in scanning.in_order(scanning.logs(paths)):
        found.append((scanned.path, scanned.run, len(scanned.judged)))
        if not history.has(scanned.run):
            history.add(scanned.run, scanned.judged)
        elif all(one.id != scanned.run.id for one in history.runs):
            skipped.append(scanned.run.id)
    return found, skipped


def build(folder: Path, paths: Sequence[Path]) -> Built:
    """Writes the site of these logs, at least one, to a folder, whose history.json it goes on from if there is one.

    Only what an earlier build wrote is replaced. Raises UsageError, LogError.
    """
    history = History(stored(folder / HISTORY))
    before = len(history.runs)
    logs, skipped = gather(paths, history)
    now = Now(report=reading.read_logs(logs_of(logs)), history=history)
    try:
        files = _write(folder, now)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", "the site needs a writable folder") from None
    return Built(
        added=len(history.runs) - before,
        skipped=skipped,
        runs=len(history.runs),
        cells=len([*history.cells]),
        files=files,
    )


def stored(path: Path) -> Stored | None:
    """The history that an earlier build left; None if there is none. Raises UsageError for one that is not whole."""
    hint = "remove it to begin a new history"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Stored)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path}: {error}", hint) from None
    if found.version != VERSION:
        raise UsageError(f"{path}: a history of version {found.version}", hint)
    places = range(len(found.runs)), range(len(found.states))
    for id, changes in found.cells.items():
        if (
            not changes
            or found.last.get(id) not in places[0]
            or any(one.run not in places[0] or one.state not in places[1] for one in changes)
        ):
            raise UsageError(f"{path}: the changes of {id!r} name a run or a state that is not there", hint)
    return found


def _write(folder: Path, now: Now) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    files = 0
    for name, text in _pages(now):
        (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        files += 1
    fresh = folder / f".{HISTORY}.new"
    fresh.write_bytes(msgspec.json.encode(now.history.stored()))
    fresh.replace(folder / HISTORY)
    return files + 1


def _pages(now: Now) -> Iterator[tuple[str, str]]:
    """Each file of the site, relative to its folder."""
    yield "index.html", overview.index(now)
    yield "runs.html", overview.runs(now)
    yield "libraries.html", overview.libraries(now)
    yield "scenarios.html", overview.scenarios(now)
    yield "findings.html", overview.findings(now)
    yield "rules.html", overview.rule_pages(now)
    for name in now.scenarios:
        yield f"scenario/{slug(name)}.html", single.scenario(now, name)
    for name, finding in now.findings.items():
        yield f"finding/{name}.html", single.known(now, finding)
    for name, group in now.red.items():
        yield f"finding/{name}.html", single.red(now, group)
    for name, cells in now.peers.items():
        yield f"library/{slug(name)}.html", single.peer(now, name)
        told = badge.of_counts(count(cells))
        yield f"badge/{slug(name)}.svg", badge.drawn(name, told)
        shown = {"schemaVersion": 1, "label": name, "message": told.message, "color": told.colour}
        yield f"badge/{slug(name)}.json", json.dumps(shown) + "\n"
