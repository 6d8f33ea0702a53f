"""`interop bench parts`: every part of the suite that somebody may play alone, each with its exit code.

A part plays other cells than the whole: what a default run covers pairwise depends on which peers take part
(docs/decisions/0011). On an untouched tree each exits with 0.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks import burn
from benchmarks.bench import traceless
from zmq_interop import scenarios
from zmq_interop.core.verdicts import RED
from zmq_interop.peers import manifest
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import ROOT
from zmq_interop.system.text import fenced
from zmq_interop.system.workspace import Workspace

SHARDS = 4
_LOG = re.compile(r"event log: (.+)/events\.jsonl")


def arguments(peers: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The arguments of `interop run`, a part each: a peer alone, two peers, a scenario, a shard."""
    for count in (1, 2):
        yield from (("--peers", ",".join(some)) for some in itertools.combinations(peers, count))
    yield from ((name,) for name in known)
    yield from (("--shard", f"{number}/{SHARDS}") for number in range(1, SHARDS + 1))


def main(only: Sequence[str], space: Workspace, *, load: bool) -> int:
    """Plays them, prints a line for each, and returns the exit code: 0 where each had 0, else 1.

    only: names of peers, whose pairs with all others are meant, and of scenarios. load: something else keeps every
    core busy meanwhile. space: where the runs work. Raises UsageError for a name of neither.
    """
    peers, known = list(manifest.discover()), [one.name for one in scenarios.declared()]
    if strange := sorted(set(only) - {*peers, *known}):
        raise UsageError(f"--only {','.join(strange)}: no peer and no scenario", f"peers: {', '.join(peers)}")
    parts = [some for some in arguments(peers, known) if not only or set(only) & set(some[-1].split(","))]
    red = 0
    with burn.every_core() if load else contextlib.nullcontext():
        for part in parts:
            code, seconds, told = _play(part, space)
            red += code != Exit.OK
            print(f"{code}  {seconds:6.1f} s  interop run {' '.join(part)}", flush=True)
            print("".join(f"{one}\n" for line in told for one in fenced(line)), end="", flush=True)
    print(f"{len(parts)} parts, {red} red", flush=True)
    return Exit.FAILED if red else Exit.OK


def _play(part: Sequence[str], space: Workspace) -> tuple[int, float, list[str]]:
    """The exit code of one, how long it took, and where it is not 0 which cells are red and what else is wrong."""
    began = time.monotonic()
    command = [sys.executable, "-m", "zmq_interop", "run", "--runtime", "process", *part]
    with traceless(space.latest) as forget:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode == Exit.OK and (log := _LOG.search(done.stdout)):
            forget(ROOT / log[1])
    marks = (*(f"{verdict.upper()} " for verdict in RED), "known-failures.toml:", "interop: ", "planned ")
    told = [f"    {line}" for line in done.stdout.splitlines() if line.lstrip().startswith(marks)]
    return done.returncode, time.monotonic() - began, told if done.returncode != Exit.OK else []
