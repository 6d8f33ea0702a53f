"""docs/brokers.md and its plots, from the figures of docs/brokers.json."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from benchmarks.brokers import plots, table
from benchmarks.brokers.results import Report
from zmq_interop.system.paths import ROOT

DATA = ROOT / "docs/brokers.json"
PAGE = ROOT / "docs/brokers.md"
_BETWEEN = re.compile(r"(<!-- figures, written by tools/brokers -->\n).*(<!-- end of figures -->\n)", re.DOTALL)
_ALT = {
    "latency": "Latency one way of each system",
    "speed-64": "Messages a second of 64 bytes",
    "speed-1k": "Messages a second of 1 KiB",
    "speed-64k": "Messages a second of 64 KiB",
    "memory": "Memory of each system",
}


def load(path: Path = DATA) -> Report:
    """The report that the page shows."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def filled(text: str, report: Report) -> str:
    """The page with these figures between its marks."""
    killed = max((one.receiver_killed.sent for one in report.results if one.receiver_killed), default=0)
    images = [f"![{_ALT[name]}](brokers-{name}.svg)\n" for name in _ALT]
    parts = [
        "## Figures\n",
        f"{report.machine}; median and spread of {report.repeats} turns; latency in microseconds.\n",
        *table.markdown(table.speeds(report)),
        "",
        *images[:4],
        f"Memory in MiB; what a kill does to {killed:,} messages.\n",
        *table.markdown(table.costs(report)),
        "",
        images[4],
        "The settings, and the versions of server and client:\n",
        *(f"- {note}" for note in table.notes(report)),
    ]
    inside = "\n".join(parts)
    return _BETWEEN.sub(lambda found: f"{found[1]}\n{inside}\n\n{found[2]}", text)


def write() -> None:
    """Writes the page and its plots."""
    report = load()
    PAGE.write_text(filled(PAGE.read_text(), report))
    for name, text in plots.render(report).items():
        (PAGE.parent / name).write_text(text)


if __name__ == "__main__":
    write()
