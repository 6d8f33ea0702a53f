"""The sample output in README.md and the tutorial, written from event logs in tools/samples: `tools/readme` runs this.

The logs are those of real runs: of the whole suite, of one cell twice, known to fail and failing, and of one that
passes. What names a machine is taken out of them, and of the large one all that no terminal shows.
"""

from __future__ import annotations

import lzma
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from zmq_interop.core import events
from zmq_interop.core.events import CellJudged, Event, Planned, RunEnded, RunStarted, Since
from zmq_interop.results.event_log import read
from zmq_interop.results.report import cell_log, difference, summary
from zmq_interop.results.report.layout import WIDTH, Line, Page, folded
from zmq_interop.results.report.reading import Report, read_logs
from zmq_interop.run import past_runs
from zmq_interop.system import home
from zmq_interop.system.paths import ROOT

README = ROOT / "README.md"
PAGES = (README, ROOT / "docs/first-run.md")
KEPT = ROOT / "tools/samples"
TERMINAL = Page(WIDTH, piped=False)
NAMES = ("run", "before", "after", "passed")  # the logs
PASSED = "push_pull/tcp/c:go"
MOST = 4  # lines of a paragraph that are shown, but of the matrix, which is whole
_BLOCK = re.compile(r"(<!-- sample: (\w+), written by tools/readme -->\n).*?(<!-- end of sample -->\n)", re.DOTALL)


def filled(text: str) -> str:
    """The text of a page with its samples as they are now."""
    made = _samples()
    return _BLOCK.sub(lambda found: f"{found[1]}\n{_indented(made[found[2]])}\n{found[3]}", text)


def record(logs: Mapping[str, Path]) -> None:
    """Keeps these logs, each by one of NAMES."""
    for name, path in logs.items():
        found = [_bared(event, name) for event in read(path)]
        found.sort(key=_place)  # cells that are alike beside each other: a third is saved
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in found)
        _file(name).write_bytes(lzma.compress(lines, preset=9 | lzma.PRESET_EXTREME))


def _file(name: str) -> Path:
    return KEPT / f"{name}.jsonl.xz"


def _bared(event: Event, name: str) -> Event:
    match event:
        case RunStarted():
            asked = ["run", PASSED] if name == "passed" else ["run"]
            return msgspec.structs.replace(event, machine="Linux", command=asked, again=[])
        case Planned() if name == "run":
            return msgspec.structs.replace(event, scenarios={})
        case CellJudged() if name == "run":
            return msgspec.structs.replace(
                event, values={}, expected="", got="", at=0, seconds=0, instances={}, operations=[], stderr={}
            )
    return event


def _place(event: Event) -> tuple[int, str]:
    """Where it stands in a log: cells by their ids, behind what begins a run and before its end."""
    return (1, event.id) if isinstance(event, CellJudged) else (2, "") if isinstance(event, RunEnded) else (0, "")


def _samples() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        run, before, after, passed = (_read(name, Path(folder)) for name in NAMES)
    after = _since(before, after)
    told = summary.lines(run, on=TERMINAL)
    opening = run.runs[0].why if run.runs[0] else ""
    failure = "\n".join(summary.lines(after, on=TERMINAL)[1:]).partition("\n\n")[0].split("\n")
    return {
        "run": [f"$ {home.COMMAND} run", *folded(Line(opening), WIDTH), *_shortened(told)],
        "failure": failure,
        "log": [f"$ {home.COMMAND} log {PASSED}", *_log(passed)],
        "diff": [
            f"$ {home.COMMAND} diff {_id(before)} {_id(after)}",
            *difference.lines(difference.compare(before, after), on=TERMINAL),
        ],
    }


def _read(name: str, folder: Path) -> Report:
    """A report as of a run in this checkout."""
    log = folder / f"{name}.jsonl"
    log.write_bytes(lzma.decompress(_file(name).read_bytes()))
    report = read_logs([log])
    run = report.runs[0]
    assert run is not None
    return msgspec.structs.replace(report, paths=(Path(".interop/runs") / run.id / events.LOG,))


def _log(report: Report) -> Iterator[str]:
    """What `interop log` says of the only cell."""
    (started,), (cell,) = report.runs, report.cells
    assert started is not None
    yield f"run {_id(report)}: {past_runs.asked_for(started)}"
    yield from cell_log.render(cell, ()).rstrip().splitlines()


def _id(report: Report) -> str:
    return report.paths[0].parent.name


def _since(before: Report, after: Report) -> Report:
    """The report of the second run with what it would know of the first, had that been played with the same options."""
    (end,) = after.ended
    assert end is not None
    since = {
        cell.id: Since(first=_id(after), before=_id(before), verdict=before.cells[0].verdict) for cell in after.cells
    }
    return msgspec.structs.replace(after, ended=(msgspec.structs.replace(end, since=since),))


def _shortened(lines: list[str]) -> Iterator[str]:
    """The lines with each long paragraph cut, but for the matrix and what follows it."""
    paragraphs = "\n".join(lines).split("\n\n")
    matrix = next(at for at, one in enumerate(paragraphs) if one.startswith(" " * 9))
    for at, one in enumerate(paragraphs):
        found = one.split("\n")
        yield from [""] * bool(at)
        yield from found if at >= matrix or len(found) <= MOST + 1 else [*found[:MOST], "  ..."]


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def main(logs: list[str]) -> int:
    """Writes the pages anew; logs: some to be kept from now on, as NAME=LOG. "--check" writes nothing and returns 1
    where a page is not current."""
    os.chdir(ROOT)
    if logs and logs != ["--check"]:
        KEPT.mkdir(exist_ok=True)
        record({name: Path(path) for name, _, path in (one.partition("=") for one in logs)})
    stale = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        now = filled(text)
        stale += text != now
        if logs != ["--check"]:
            page.write_text(now, encoding="utf-8")
    return stale if logs == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
