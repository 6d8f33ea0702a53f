"""The shards of a plan, played one by one: their merged report tells the same as that of one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.hostile.test_one_line import interop
from zmq_interop.system.errors import Exit

WANTED = ("push_pull", "req_rep", "data_message/tcp", "pub_sub/epgm", "--peers", "python", "--runtime", "process")


def told(report: Path) -> dict[str, Any]:
    """What is the same of the same cells, however they are cut."""
    summary = json.loads((report / "summary.json").read_text())
    same = ("incomplete", "exit_code", "account", "unlike", "problems", "peers", "matrix", "scenarios", "groups")
    cells = [{name: cell[name] for name in ("id", "verdict", "again")} for cell in summary["cells"]]
    return {name: summary[name] for name in same} | {"cells": cells}


def log(done: Any) -> Path:
    """The event log of a run."""
    (line,) = (line for line in done.stdout.splitlines() if "event log: " in line)
    return Path(line.partition("event log: ")[2])


def test_the_merged_report_of_shards_is_that_of_one_run(tmp_path: Path) -> None:
    whole = interop("run", *WANTED, "--report", tmp_path / "whole")
    assert whole.returncode == Exit.OK, whole.stderr
    parts = [interop("run", *WANTED, "--shard", f"{number}/3") for number in (1, 2, 3)]
    assert {part.returncode for part in parts} == {Exit.OK}
    logs = [log(part) for part in parts]
    merged = interop("report", *reversed(logs), "--json", "-o", tmp_path / "merged")
    assert merged.returncode == Exit.OK, merged.stderr
    assert told(tmp_path / "merged") == told(tmp_path / "whole")

    missing = interop("report", *logs[:2])
    assert missing.returncode == Exit.INTERRUPTED
    assert missing.stdout.splitlines()[0] == "incomplete: shard 3/3 is missing"
    twice = interop("report", *logs, logs[1])
    assert twice.returncode == Exit.USAGE
    assert twice.stderr.startswith(f"interop: {logs[1]} and {logs[1]} are both logs of the run")
