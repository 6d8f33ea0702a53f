"""`interop bench blame`: each liar of tests/liars as a peer beside four honest ones, and whom the report blames.

The liars misbehave in one known way each, so the report's answer can be checked.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import traceless
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import reading
from zmq_interop.results.report.reading import Report
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import ROOT
from zmq_interop.system.workspace import Workspace

HONEST = ("c", "cpp", "go", "python")
ENOUGH = 3  # red cells that must name the liar: fewer may leave two peers alike
GOAL = 0.95  # share of liars with ENOUGH red cells that must be named alone
_LOG = re.compile(r"event log: (.+/events\.jsonl)")


class Named(NamedTuple):
    """What the report of one run says. red: cells that failed. peers: all that are blamed for one or more of them."""

    red: int
    peers: tuple[str, ...]


def main(only: Sequence[str], space: Workspace) -> int:
    """Plays each lie, prints a line for each and the score, and returns the exit code: 0 if GOAL is met, else 1.

    The honest peers are played once. With each liar, only the cells that it has a part in are played, and the report is
    that of both runs. only: names of lies; none: all. space: where the runs work. Raises UsageError for an unknown lie.
    """
    from tests.liars import play  # needs the generated protos

    with tempfile.TemporaryDirectory(prefix="interop-blame-") as made, traceless(space.latest) as forget:
        home = Path(made)
        lies = play.all_lies(home)
        if strange := sorted(set(only) - set(lies)):
            raise UsageError(f"--only {','.join(strange)}: no such lie", f"lies: {', '.join(lies)}")
        honest = home / "honest.jsonl"
        _play(["--peers", ",".join(HONEST)], honest, forget)
        counted = alone = 0
        for lie in only or lies:
            name = play.peer_name(lie)
            folder = play.make_peer(home, name, "--lie", lie)
            log = home / f"{name}.jsonl"
            started = time.monotonic()
            _play([f"*{name}*", "--peers", ",".join((*HONEST, name)), "--peer", str(folder)], log, forget)
            named = _named(reading.read_logs([honest, log]))
            log.unlink()
            right = named.peers == (name,)
            if named.red >= ENOUGH:
                counted += 1
                alone += right
            sign = "yes" if right else "-" if named.red < ENOUGH else "NO"
            told = ", ".join(named.peers) or "nobody"
            print(f"{sign:<3}  {named.red:5} red  {time.monotonic() - started:4.0f} s  {lie}: {told}", flush=True)
    share = alone / counted if counted else 1.0
    print(f"{len(only or lies)} lies: {counted} turn {ENOUGH} or more cells red; {alone} ({share:.1%}) are named alone")
    return Exit.OK if share >= GOAL else Exit.FAILED


def _play(arguments: Sequence[str], log: Path, forget: Callable[[Path], None]) -> None:
    """Plays a run, and keeps nothing of it but its event log, as `log`. Raises UsageError if it has none."""
    command = [sys.executable, "-m", "zmq_interop", "run", "--runtime", "process", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = _LOG.search(done.stdout)
    if found is None:
        raise UsageError(f"{' '.join(arguments)}: the run made no event log", done.stderr.strip()[-500:])
    made = ROOT / found[1]
    shutil.copyfile(made, log)
    forget(made.parent)


def _named(report: Report) -> Named:
    failed = [cell.id for cell in report.cells if cell.verdict is Verdict.FAIL]
    blamed = [peer for id in failed if id in report.blames for peer in report.blames[id].peers]
    return Named(len(failed), tuple(dict.fromkeys(blamed)))
