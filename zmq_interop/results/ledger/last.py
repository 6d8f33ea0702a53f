"""The cells of the last run, with their verdicts before the ledger was applied."""

from __future__ import annotations

from pathlib import Path

import msgspec

from zmq_interop.core.events import CellJudged, RunStarted
from zmq_interop.core.variants import SIGN
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.ledger.entry import Circumstances
from zmq_interop.results.report import log
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """A run that came to its end.

    started: its first event. cells: their verdicts are pass, fail, unsupported and broken alone. full: nothing that was
    asked for left any out, and all were played.
    """

    started: RunStarted
    cells: tuple[CellJudged, ...]
    circumstances: Circumstances
    full: bool

    @property
    def options(self) -> tuple[str, ...]:
        """The words of its options, as of `RunStarted.again`."""
        return tuple(self.started.again)


def read(path: Path) -> Last:
    """Reads an event log. Raises LogError if it is unreadable, UsageError if the run did not end."""
    told = log.read(path)
    if told.started is None or told.ended is None:
        raise UsageError(f"{path}: {told.incomplete}", f"`{home.COMMAND} run` creates another")
    if told.started.again[:1] == ["compare"]:  # a variant's failures must not become ledger entries
        raise UsageError(
            f"the last run was of `{home.COMMAND} {' '.join(told.started.again)}`: the ledger applies to "
            "unmodified peers only",
            f"`{home.COMMAND} run` creates another",
        )
    if with_variants := [peer for peer in told.started.runtimes if SIGN in peer]:
        raise UsageError(
            f"{with_variants[0]} took part in the last run: the ledger is made from runs of unmodified peers only",
            f"`{home.COMMAND} run` creates another; an entry for a version is written by hand, with `where`",
        )
    return Last(
        started=told.started,
        cells=tuple(map(_raw, told.cells.values())),
        circumstances=Circumstances(
            runtimes=told.started.runtimes, libraries={peer.name: peer.libraries for peer in told.peers}
        ),
        full=told.planned.full and not told.ended.unplayed,
    )


def _raw(judged: CellJudged) -> CellJudged:
    verdict = {Verdict.KNOWN: Verdict.FAIL, Verdict.FIXED: Verdict.PASS}.get(judged.verdict, judged.verdict)
    return msgspec.structs.replace(judged, verdict=verdict)
