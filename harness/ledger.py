"""The ledger: failures that are known, each with its reason. Strict both ways: what no longer fails is `fixed`.

A failure that an entry covers with its kind is `known`; with another kind it stays `fail`; a covered cell that passes
is `fixed`, which fails the run, so that no entry outlives what it describes.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from harness import cell as cells
from harness.errors import UsageError
from harness.events import CellJudged
from harness.paths import ROOT
from harness.verdicts import Kind, Verdict

PATH = ROOT / "known-failures.toml"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One known failure.

    cells: patterns over cell ids (`cell.matches`). kind: how they fail, or several kinds where it depends on who is
    faster. url: where it is described. flaky: how often it was seen to fail, "7 of 500", where it does not always.
    where: role -> the library that its peer must have, "libzmq" or "libzmq 4.3.4", for a fault of some versions alone.
    """

    cells: tuple[str, ...]
    kind: Kind | tuple[Kind, ...]
    reason: str
    url: str = ""
    flaky: str = ""
    where: dict[str, str] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """How the cells may fail."""
        return (self.kind,) if isinstance(self.kind, Kind) else self.kind

    def __str__(self) -> str:
        return f"{' or '.join(self.kinds)} ({self.reason})"

    def covers(self, judged: CellJudged, libraries: Mapping[str, Mapping[str, str]]) -> bool:
        """Whether the entry speaks of this cell. libraries: peer -> library -> version."""
        return cells.matches(judged.id, self.cells) and all(
            any(library in (name, f"{name} {version}") for name, version in libraries.get(peer, {}).items())
            for library, peer in ((library, judged.roles.get(role, "")) for role, library in self.where.items())
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    failure: tuple[Entry, ...] = ()


class Ledger:
    """All entries of the file, in its order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)

    @functools.cache  # noqa: B019 (one for a run)
    def _about(self, scenario: str) -> tuple[Entry, ...]:
        """The entries that may speak of a cell of this scenario: few, where there are many entries and cells."""
        return tuple(
            entry
            for entry in self.entries
            if any(fnmatch.fnmatchcase(scenario, pattern.partition("/")[0]) for pattern in entry.cells)
        )

    def expects(self, id: str) -> tuple[Kind, ...]:
        """How the cell of this id is known to fail, if it is, with some library at least."""
        entries = self._about(id.partition("/")[0])
        return next((entry.kinds for entry in entries if cells.matches(id, entry.cells)), ())

    def judge(self, judged: CellJudged, libraries: Mapping[str, Mapping[str, str]]) -> CellJudged:
        """The verdict in the light of the ledger; reason tells which entry speaks. libraries: as in `Entry.covers`."""
        if judged.verdict not in (Verdict.PASS, Verdict.FAIL):
            return judged
        entries = self._about(judged.id.partition("/")[0])
        entry = next((entry for entry in entries if entry.covers(judged, libraries)), None)
        if entry is None:
            return judged
        if judged.verdict is Verdict.PASS:
            if entry.flaky:
                return judged
            reason = f"it passed, but the ledger says {entry}: narrow or delete the entry"
            return msgspec.structs.replace(judged, verdict=Verdict.FIXED, kind=entry.kinds[0], reason=reason)
        if judged.kind in entry.kinds:
            return msgspec.structs.replace(judged, verdict=Verdict.KNOWN, reason=entry.reason)
        return msgspec.structs.replace(judged, reason=f"the ledger knows this cell to fail as {entry}, not like this")

    def stale(self, planned: Iterable[str]) -> list[str]:
        """For a full plan: a complaint for each pattern that matches no cell of it."""
        ids = list(planned)
        return [
            f"stale ledger entry: {pattern!r} matches no cell ({entry.reason}); mend or delete it in {PATH.name}"
            for entry in self.entries
            for pattern in entry.cells
            if not any(cells.matches(id, (pattern,)) for id in ids)
        ]


def _often(rate: str) -> bool:
    """Whether this is a number of failures out of more playings."""
    found = re.fullmatch(r"([1-9]\d*) of ([1-9]\d*)", rate)
    return found is not None and int(found[1]) < int(found[2])


def load(path: Path = PATH) -> Ledger:
    """Reads the ledger; a file that is not there is empty. Raises UsageError for one that cannot be understood."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", "the ledger is a file of text that the harness can read"
        ) from None
    try:
        file = msgspec.toml.decode(text, type=_File)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:  # ValueError: no text, or a number too long
        raise UsageError(
            f"{path}: {error}",
            "an entry is [[failure]] with cells, kind, reason and, where there are some, url and where",
        ) from None
    for number, entry in enumerate(file.failure, 1):
        if not entry.cells or not all(entry.cells) or not entry.reason:
            raise UsageError(f"{path}: entry {number} needs at least one pattern in `cells`, and a `reason`")
        if not entry.kinds:
            raise UsageError(f"{path}: entry {number} needs a `kind`, or several: {', '.join(Kind)}")
        if entry.flaky and not _often(entry.flaky):
            raise UsageError(
                f"{path}: entry {number}: flaky = {entry.flaky!r} is no rate",
                'how often it failed, of how many: "7 of 500"',
            )
    return Ledger(file.failure)
