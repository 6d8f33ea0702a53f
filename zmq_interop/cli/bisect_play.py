"""Implements `interop bisect`: plays one cell in all versions, and says where it changes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from zmq_interop.agents import outside
from zmq_interop.cli import run_cmd
from zmq_interop.core.events import LOG, CellJudged
from zmq_interop.core.variants import ALL, SIGN, base_id, in_order
from zmq_interop.core.verdicts import Verdict
from zmq_interop.peers import manifest
from zmq_interop.results.report import reading, terminal
from zmq_interop.results.report.reading import Report
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted, line
from zmq_interop.system.workspace import Workspace


def main(cell: str, options: Options, space: Workspace) -> int:
    """Plays the cell in all versions, prints each verdict and the changes, and returns the exit code. Raises
    InteropError."""
    options = _of_cell(cell, options)
    planned = run_cmd.prepare(options, space)
    ids = {base_id(one.id) for one in planned.cells}
    if len(ids) != 1:
        raise UsageError(
            f"{cell!r} selects {counted(len(ids), 'cell')}",
            f"give the id of one, such as {min(ids)}; `run --list` prints them",
        )
    report = terminal.Terminal()
    one = session.Run(options, planned, [report], report.say)
    code = run_cmd.conduct(one, report)
    if code is not None:
        return code
    assert one.place is not None
    told = reading.read_logs([one.place.folder / LOG])
    if told.incomplete:
        show(line(f"incomplete: {told.incomplete}"))
        return Exit.INTERRUPTED
    show("\n".join(map(line, lines(told))))
    return exit_code(told)


def _of_cell(cell: str, options: Options) -> Options:
    """The options of a run of this cell in all its versions. Raises UsageError."""
    words = cell.rpartition("/")[2].split(":")
    if any(SIGN in one for one in words):
        raise UsageError(f"{cell} is the cell of one variant", f"name the peer itself: {base_id(cell)}")
    there = outside.join(manifest.discover(), options.outside)
    peers = tuple(dict.fromkeys(one for one in words if one in there))
    if not peers:
        raise UsageError(f"{cell!r} names no peers", "give the id of a cell, such as push_pull/tcp/c:go")
    able = [one for one in peers if (read := there[one].manifest) is not None and in_order(read, one)]
    if not able and not options.variants:
        raise UsageError(
            f"none of the peers of {cell} has variants",
            "list versions in peer.toml: `variants` of a [[libraries]] (docs/versions.md)",
        )
    spread = options.variants or tuple(f"{one}:{ALL}" for one in able)
    return msgspec.structs.replace(options, patterns=(cell,), peers=peers, variants=spread, jobs=1)


def lines(report: Report) -> Iterator[str]:
    """For each library its versions with what became of the cell, then since when."""
    seen = {one.name for one in report.peers}
    for lost in report.lost:
        yield f"{lost.name} cannot be judged: {lost.reason}"
        yield from (f"  {one}" for one in f"{lost.hint}\n{lost.detail}".strip().splitlines())
    for table in report.versions:
        yield f"{table.library} of {table.peer}:"
        width = max(len(str(one)) for one in table.versions)
        for version in table.versions:
            for cell in _played_by(version.peer, report):
                yield f"  {version!s:{width}}  {_verdict(cell)}: {cell.id}"
        yield from (f"  {table.told(row)}" for row in table.rows)
        if not table.rows:
            yield "  the same in all versions"
    if not report.versions:
        yield f"no version of {', '.join(sorted(one for one in seen if SIGN not in one)) or 'the cell'} could be judged"


def _played_by(peer: str, report: Report) -> list[CellJudged]:
    """The cells of one version: of a variant those in which it plays, of the peer as it is that without variants."""
    if SIGN in peer:
        return [cell for cell in report.cells if peer in cell.roles.values()]
    return [cell for cell in report.cells if not any(SIGN in name for name in cell.roles.values())]


def _verdict(cell: CellJudged) -> str:
    kind = f" ({cell.kind})" if cell.verdict in (Verdict.FAIL, Verdict.KNOWN) else ""
    return f"{cell.verdict}{kind}"


def exit_code(report: Report) -> int:
    """BROKEN if a version could not be judged, OK if a change was found, else FAILED."""
    if not report.versions or any(cell.verdict is Verdict.BROKEN for cell in report.cells):
        return Exit.BROKEN
    return Exit.OK if any(table.rows for table in report.versions) else Exit.FAILED
