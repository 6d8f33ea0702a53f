"""The face of pytest: one item for each cell, judged by one run of the engine that plays ahead of the items.

A test module says which cells it wants (`test_cell = Cells(runtime="process")`). What is left after -k, --lf and node
ids makes the plan of one run for each such setting. The run begins with the first of its items and has ended before
the first item of anything else begins, so that no test of something else has a run beside it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import msgspec
import pytest

from harness import run
from harness.errors import InteropError
from harness.faces.ahead import Ahead, Unjudged
from harness.faces.pytest_items import HOW_TO_PLAY, CellItem, Cells, NoEngineItem
from harness.report.text import fenced
from harness.run import Options, Plan
from harness.runtimes import engine

__all__ = ["Cells"]

_DEFAULTS = Options()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a user can ask of the runs."""
    group = parser.getgroup("interop", "cells of the interop matrix")
    group.addoption(
        "--interop-runtime",
        metavar="WHICH",
        help="Only cells of this runtime, e.g. process; modules that name none are played in it (default: auto).",
    )
    group.addoption("--interop-peers", metavar="A,B,...", default="", help="Only these peers (default: all).")
    group.addoption(
        "--interop-proto",
        metavar="DIR",
        action="append",
        default=[],
        help="Your own messages too, as of `interop run --proto`; any number of times.",
    )
    group.addoption(
        "--interop-jobs",
        metavar="N",
        type=int,
        default=_DEFAULTS.jobs,
        help=f"Cells in flight at once (default: {_DEFAULTS.jobs}).",
    )
    group.addoption(
        "--interop-limit",
        metavar="SECONDS",
        type=float,
        default=_DEFAULTS.limit,
        help=f"How long an operation waits for a message (default: {_DEFAULTS.limit:g}).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the face, which lives as long as the session."""
    face = Face(config)
    config.stash[_FACE] = face
    config.pluginmanager.register(face, "interop-face")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes the face away."""
    face = config.stash.get(_FACE, None)
    if face is not None:
        del config.stash[_FACE]
        config.pluginmanager.unregister(face)


class Face:
    """One session's plans and runs, each for one setting."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plans: dict[Cells, tuple[Options, Plan]] = {}
        self._runs: dict[Cells, Ahead] = {}
        self._without_engine: list[NoEngineItem] = []

    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> list[pytest.Item] | None:
        """Collects the cells where a module asks for them."""
        if not isinstance(obj, Cells):
            return None
        if hasattr(self._config, "workerinput"):
            raise collector.CollectError(
                "cells do not go with pytest-xdist: each of its workers would make a whole run of its own\n"
                "  use -n 0; the harness plays many cells at once by itself (--interop-jobs)"
            )
        try:
            return list(self._collect(collector, name, obj))
        except InteropError as error:
            raise collector.CollectError(str(error)) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Gets the verdict before the item is run: here no output is captured, so what a build tells is seen."""
        if isinstance(item, NoEngineItem):
            self._without_engine.append(item)
        if not isinstance(item, CellItem):
            return (yield)
        ahead = self._judge(item)
        result = yield
        if not isinstance(nextitem, CellItem) or nextitem.cells != item.cells:
            ahead.wait(self._say)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A cell takes the time for which it was played, not that which pytest took to ask."""
        report = yield
        if isinstance(item, CellItem) and item.judged is not None:
            report.duration = item.judged.seconds if call.when == "call" else 0.0
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Ends what still runs, in order. What fails a run beside its cells fails the session."""
        for ahead in self._runs.values():
            ahead.stop("pytest ended before all cells were played")
            ahead.wait(self._say)
        if session.exitstatus == pytest.ExitCode.OK and any(ahead.problems for ahead in self._runs.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The account of each run, and what did not run for want of an engine."""
        for cells, ahead in self._runs.items():
            terminalreporter.section(f"interop: {cells}", sep="-")
            for line in ahead.lines():
                terminalreporter.write_line("\n".join(fenced(line)), red=line in ahead.problems)
        if self._without_engine:
            reason = self._without_engine[0].reason
            terminalreporter.section("interop: the container half did not run", sep="-", yellow=True)
            terminalreporter.write_line(f"{reason}; to run it as well: {HOW_TO_PLAY}", yellow=True)

    @functools.cached_property
    def _engine(self) -> engine.Found:
        return engine.find()

    def _collect(self, parent: pytest.Collector, name: str, cells: Cells) -> Iterator[pytest.Item]:
        wanted = self._config.getoption("interop_runtime")
        if wanted is not None and cells.runtime not in (None, wanted):
            return
        if self._peers(cells) == ():
            return  # it is about other peers than those that are asked for
        options = self._options(cells)
        if "container" in options.runtime and self._engine.engine is None:
            must = os.environ.get("INTEROP_REQUIRE_CONTAINERS") == "1"
            yield NoEngineItem.from_parent(parent, name=name, reason=self._engine.reason, must=must)
            return
        if cells not in self._plans:
            self._plans[cells] = (options, run.prepare(options))
        for cell in self._plans[cells][1].cells:
            yield CellItem.from_parent(parent, name=f"{name}[{cell.id}]", cell=cell, cells=cells)

    def _peers(self, cells: Cells) -> tuple[str, ...] | None:
        """The peers that the module and the session both want; None where neither says."""
        asked = tuple(name for name in self._config.getoption("interop_peers").split(",") if name)
        if asked and cells.peers:
            return tuple(name for name in asked if name in cells.peers)
        return asked or cells.peers or None

    def _options(self, cells: Cells) -> Options:
        get = self._config.getoption
        peers = self._peers(cells) or ()
        runtime = cells.runtime or get("interop_runtime") or _DEFAULTS.runtime
        if peers and "=" in runtime:  # the module names the runtimes of peers that this session leaves out
            kept = [part for part in runtime.split(",") if part.partition("=")[0] in peers]
            runtime = ",".join(kept) or _DEFAULTS.runtime
        return Options(
            patterns=cells.patterns,
            peers=peers,
            proto_dirs=(*map(Path, get("interop_proto")), *cells.protos),
            runtime=runtime,
            control=cells.control,
            jobs=get("interop_jobs"),
            limit=get("interop_limit"),
        )

    def _judge(self, item: CellItem) -> Ahead:
        """Takes the verdict to the item; the first item of a setting begins the run."""
        options, plan = self._plans[item.cells]
        if item.cells not in self._runs:
            ours = (one for one in item.session.items if isinstance(one, CellItem) and one.cells == item.cells)
            chosen = {one.cell.id: one.cell for one in ours}
            if len(chosen) < len(plan.cells):  # the run must know that it is not the whole, to judge the ledger
                options = msgspec.structs.replace(options, patterns=tuple(chosen))
            self._runs[item.cells] = Ahead(options, msgspec.structs.replace(plan, cells=list(chosen.values())))
        ahead = self._runs[item.cells]
        try:
            judged = ahead.verdict(item.cell.id, self._say)
        except Unjudged as error:
            item.give_up(str(error))
        else:
            assert ahead.folder is not None
            item.judge(judged, ahead.folder, run.repro(item.cell.id, options))
        return ahead

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line("\n".join(fenced(text)))


_FACE = pytest.StashKey[Face]()
