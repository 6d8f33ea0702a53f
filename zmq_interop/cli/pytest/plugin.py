"""The pytest plug-in: one item per cell, judged by one background run.

The session selects the cells (`pytest --interop`, see zmq_interop/cli/pytest/options.py), or a test module does
(`test_cell = Cells(runtime="process")`). For each such setting, the cells left after -k, -m, --lf and node ids are
the plan of one run. The run starts with the first of its items and ends before the first item of anything else, so
that no other test runs beside it.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Generator, Iterator
from typing import Any

import msgspec
import pytest

from zmq_interop.agents.runtimes import docker_daemon
from zmq_interop.cli.background_run import Ahead, Unjudged
from zmq_interop.cli.pytest.items import HOW_TO_PLAY, CellItem, Cells, Matrix, NoEngineItem, markers
from zmq_interop.cli.pytest.options import add_options
from zmq_interop.cli.pytest.settings import Settings
from zmq_interop.run import again, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.schemas import project
from zmq_interop.system import workspace
from zmq_interop.system.errors import InteropError
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

__all__ = ["Cells"]

SPACE: pytest.StashKey[Workspace] = pytest.StashKey()  # of a configuration that has its own workspace
_OUTPUT = "interop"  # the key in the workeroutput of pytest-xdist


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run. what: its cells. lines: the text to show. problems: those lines that fail the session."""

    what: str
    lines: list[str]
    problems: list[str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Serves the cells that test modules select; zmq_interop.cli.pytest.options serves those of the session."""
    begin(config, matrix=False)


def begin(config: pytest.Config, *, matrix: bool) -> None:
    """Registers the plug-in for the session.

    matrix: whether to collect the cells that the session's settings select. Raises pytest.UsageError if these cannot be
    planned.
    """
    face = Face(config, matrix=matrix)
    config.pluginmanager.register(face, "interop-face")
    config.add_cleanup(lambda: config.pluginmanager.unregister(face))


class Face:
    """One session's plans and runs, each for one setting."""

    def __init__(self, config: pytest.Config, *, matrix: bool) -> None:
        self._config = config
        self._settings = Settings(config)
        self._plans: dict[Cells, tuple[Options, Plan]] = {}
        self._runs: dict[Cells, Ahead] = {}
        self._told: list[Told] = []
        self._without_engine: list[NoEngineItem] = []
        self._matrix: Cells | None = None
        if matrix:
            try:
                self._matrix = self._settings.matrix()
                self._plan(self._matrix)
            except InteropError as error:
                raise pytest.UsageError(str(error)) from None

    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> list[pytest.Item] | None:
        """Collects the cells that a module selects."""
        if not isinstance(obj, Cells):
            return None
        if hasattr(self._config, "workerinput"):
            raise collector.CollectError(
                "cells of a module do not work with pytest-xdist: each worker would start its own complete run\n"
                "  use -n 0; the harness plays many cells at once anyway (--interop-jobs)"
            )
        try:
            return list(self._collect(collector, name, obj))
        except InteropError as error:
            raise collector.CollectError(str(error)) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Collects the matrix, before other plug-ins filter the items."""
        if self._matrix is None:
            return
        _, plan = self._plans[self._matrix]
        matrix = Matrix.from_parent(session, wanted=self._matrix, planned=plan.cells)
        report = matrix.ihook.pytest_make_collect_report(collector=matrix)
        matrix.ihook.pytest_collectreport(report=report)
        items.extend(item for item in report.result or () if isinstance(item, pytest.Item))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Gives the whole matrix to one worker, since one run judges it; the others run the tests."""
        if self._matrix is None or config.getoption("dist") not in ("load", "worksteal", "loadgroup"):
            return None  # the other modes keep a file together, and the matrix counts as one
        from zmq_interop.cli.pytest.xdist import Together

        return Together(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collects the results of a pytest-xdist worker."""
        self._told += msgspec.convert(getattr(node, "workeroutput", {}).get(_OUTPUT, []), list[Told])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Gets the verdict before the item runs: output is not captured here, so the user sees build progress."""
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
        """Reports the time that the cell took, not the time that pytest waited for it."""
        report = yield
        if isinstance(item, CellItem) and item.judged is not None:
            report.duration = item.judged.seconds if call.when == "call" else 0.0
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stops runs that are still going. Problems of a run that belong to no cell fail the session."""
        for cells, ahead in self._runs.items():
            ahead.stop("pytest ended before all cells were played")
            ahead.wait(self._say)
            self._told.append(Told(what=str(cells), lines=ahead.lines(), problems=ahead.problems))
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_OUTPUT] = msgspec.to_builtins(self._told)
        if session.exitstatus == pytest.ExitCode.OK and any(told.problems for told in self._told):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the account of each run, and what did not run because no engine answers."""
        for told in self._told:
            terminalreporter.section(f"interop: {told.what}", sep="-")
            for line in told.lines:
                terminalreporter.write_line("\n".join(fenced(line)), red=line in told.problems)
        if self._without_engine:
            reason = self._without_engine[0].reason
            terminalreporter.section("interop: the container cells did not run", sep="-", yellow=True)
            terminalreporter.write_line(f"{reason}; to run them too: {HOW_TO_PLAY}", yellow=True)

    @functools.cached_property
    def _space(self) -> Workspace:
        """The workspace, with the protos compiled."""
        space = self._config.stash.get(SPACE, None) or workspace.here()
        project.generate(space)
        return space

    @functools.cached_property
    def _engine(self) -> docker_daemon.Found:
        return docker_daemon.find()

    def _collect(self, parent: pytest.Collector, name: str, cells: Cells) -> Iterator[pytest.Item]:
        wanted = self._settings.runtime
        if wanted and cells.runtime not in (None, wanted):
            return
        if self._settings.peers_of(cells) == ():
            return  # it is about peers that were not selected
        if "container" in self._settings.options(cells).runtime and self._engine.engine is None:
            must = os.environ.get("INTEROP_REQUIRE_CONTAINERS") == "1"
            yield NoEngineItem.from_parent(parent, name=name, reason=self._engine.reason, must=must)
            return
        for one in self._plan(cells).cells:
            yield CellItem.from_parent(parent, name=f"{name}[{one.id}]", cell=one.cell, cells=cells)

    def _plan(self, cells: Cells) -> Plan:
        """The plan of these cells, with a marker for each peer, scenario and transport in it. Raises InteropError."""
        if cells not in self._plans:
            options = self._settings.options(cells)
            plan = session.prepare(options, self._space)
            self._plans[cells] = (options, plan)
            for name, what in sorted(set(itertools.chain.from_iterable(markers(one.cell) for one in plan.cells))):
                self._config.addinivalue_line("markers", f"{name}: {what}")
        return self._plans[cells][1]

    def _judge(self, item: CellItem) -> Ahead:
        """Gives the item its verdict; the first item of a setting starts the run."""
        options, plan = self._plans[item.cells]
        if item.cells not in self._runs:
            ours = (one for one in item.session.items if isinstance(one, CellItem) and one.cells == item.cells)
            selected = {one.cell.id for one in ours}
            chosen = [one for one in plan.cells if one.id in selected]
            if len(chosen) < len(plan.cells):  # a partial run must not judge the ledger as a whole
                options = msgspec.structs.replace(options, patterns=tuple(one.id for one in chosen))
            self._runs[item.cells] = Ahead(options, msgspec.structs.replace(plan, cells=chosen))
        ahead = self._runs[item.cells]
        try:
            judged = ahead.verdict(item.cell.id, self._say)
        except Unjudged as error:
            item.give_up(str(error))
        else:
            assert ahead.folder is not None
            item.judge(judged, ahead.folder, again.repro(item.cell.id, options, plan.space))
        return ahead

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line("\n".join(fenced(text)))
