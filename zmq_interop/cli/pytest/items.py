"""The items that pytest collects: one per cell, with the verdict translated to pytest's outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from zmq_interop.core.cell import Cell
from zmq_interop.core.events import CellJudged
from zmq_interop.core.plan import PlannedCell
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import summary
from zmq_interop.system import home
from zmq_interop.system.text import fenced, line

MATRIX = "interop"  # the matrix's node id, in place of a file's
HOW_TO_PLAY = f"{home.WITH_ENGINE} {'pytest' if home.INSTALLED else './interop test'}"


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """Declares the cells of a test module: `test_cell = Cells(runtime="process")`.

    runtime: as for `interop run --runtime`; None takes the value of `--interop-runtime`. control: as for `--control`.
    patterns: as for `interop run PATTERN...`; none means every cell. peers: as for `--peers`; none means all;
    `--interop-peers` narrows them further. protos: as for `--proto`, in addition to `--interop-proto`. Modules with
    equal settings share one run.
    """

    runtime: str | None = None
    control: str = "auto"
    patterns: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    protos: tuple[Path, ...] = ()

    def __str__(self) -> str:
        control = f", control {self.control}" if self.control != "auto" else ""
        more = (*self.patterns, *self.peers, *(f"protos of {folder}" for folder in self.protos))
        return f"{self.runtime or 'auto'}{control}{''.join(f', {one}' for one in more)}"


def markers(cell: Cell) -> Iterator[tuple[str, str]]:
    """The markers of a cell and their descriptions: `-m "go and pub_sub"` selects by them."""
    yield MATRIX, "a cell of the interop matrix"
    # pytest takes a colon for the beginning of the description, and has no "@" in expressions
    name = cell.scenario.name.replace(":", ".").replace("@", ".")
    yield name, f"a cell of the interop scenario {cell.scenario.name}"
    yield cell.transport, f"a cell of the interop matrix over {cell.transport}"
    for peer in dict.fromkeys(cell.peers):
        yield peer, f"a cell of the interop matrix with the peer {peer}"


class Matrix(pytest.Collector):
    """Collects the cells that a session selects. They belong to no file.

    wanted: the session's settings. planned: the cells.
    """

    def __init__(self, *, wanted: Cells, planned: Sequence[PlannedCell], parent: pytest.Session) -> None:
        super().__init__(MATRIX, parent, nodeid=MATRIX)
        self._wanted = wanted
        self._planned = planned

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each cell."""
        for one in self._planned:
            yield CellItem.from_parent(self, name=one.id, cell=one.cell, cells=self._wanted)


class _Told(pytest.Item):
    """An item that fails with a message of the harness: a traceback would not explain a cell."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Its path, line and name."""
        return self.config.rootpath / self.nodeid.partition("::")[0], 0, self.name


class CellItem(_Told):
    """One cell. Call `judge` or `give_up` before it runs.

    cells: its module's settings. judged: its verdict, or None.
    """

    def __init__(self, *, cell: Cell, cells: Cells, name: str, parent: pytest.Collector) -> None:
        # As text, it is parsed into name and parameters, like the one in the cache of --lf.
        super().__init__(name, parent, nodeid=f"{parent.nodeid}::{name}")
        self.cell = cell
        self.cells = cells
        self.judged: CellJudged | None = None
        self._text = ""
        for marker, _ in markers(cell):
            self.add_marker(marker)

    def judge(self, judged: CellJudged, folder: Path, again: str) -> None:
        """Takes the verdict; known becomes xfail and unsupported becomes skip, so that pytest's options apply."""
        self.judged = judged
        self._text = "\n".join(summary.failure(judged, folder, again))
        match judged.verdict:
            case Verdict.UNSUPPORTED:
                self.add_marker(pytest.mark.skip(reason=line(judged.reason)))
            case Verdict.KNOWN:
                self.add_marker(pytest.mark.xfail(reason=line(judged.reason), strict=True))
            case Verdict.FAIL | Verdict.FIXED | Verdict.BROKEN:
                for instance, text in judged.stderr.items():
                    self.add_report_section(
                        "call", f"stderr of {instance}", "\n".join(f"  {line(one)}" for one in text.split("\n"))
                    )

    def give_up(self, reason: str) -> None:
        """Records that there will be no verdict."""
        self._text = "\n".join(fenced(f"{self.cell.id} was not judged: {reason}"))

    def setup(self) -> None:
        """Fails in setup if there is no verdict or it is broken: pytest then reports an error, not a failure."""
        if self.judged is None or self.judged.verdict is Verdict.BROKEN:
            pytest.fail(self._text, pytrace=False)

    def runtest(self) -> None:
        """Passes or fails as the verdict says."""
        if self.judged is not None and self.judged.verdict in (Verdict.FAIL, Verdict.FIXED, Verdict.KNOWN):
            pytest.fail(self._text, pytrace=False)


class NoEngineItem(_Told):
    """Replaces all cells of a module that needs a Docker engine if none answers.

    must: whether that fails the item instead of skipping it.
    """

    def __init__(self, *, reason: str, must: bool, name: str, parent: pytest.Collector) -> None:
        super().__init__(name, parent)
        self.reason = reason
        if not must:
            self.add_marker(pytest.mark.skip(reason=f"{reason}; to play them: {HOW_TO_PLAY}"))

    def runtest(self) -> None:
        """Fails; a skipped item never gets here."""
        pytest.fail(
            f"{self.reason}, and INTEROP_REQUIRE_CONTAINERS=1 does not allow skipping\n  run: {HOW_TO_PLAY}",
            pytrace=False,
        )
