"""`interop bench kill`: runs that are killed at random moments, and what is left of them after the next one."""

from __future__ import annotations

import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.traces import Traces, home_of
from zmq_interop.system.errors import Exit

RUN = ("run", "push_pull/tcp", "--peers", "python")


def main(rounds: int, seed: int | None) -> int:
    """Kills so many runs. seed: of the moments, None for one of its own. Returns 0 where nothing is left, else 1.

    They play in containers where an engine answers, else as processes.
    """
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="interop-kill-") as folder:
        left = kill(rounds, seed, Path(folder))
    print("\n".join(["left:", *left]) if left else "nothing is left", flush=True)
    return Exit.FAILED if left else Exit.OK


def kill(rounds: int, seed: int, folder: Path, run: tuple[str, ...] = RUN) -> list[str]:
    """Kills so many runs at moments from their start to their end, plays one to its end, and says what is left.

    Each builds the peer and compiles the protos anew, on what the one before has left half made in the work folder.
    """
    (temp := folder / "temp").mkdir()
    work = folder / "work"
    traces = Traces(temp)
    _to_the_end(traces, work, run)  # what takes long once: images, packages
    _begin_anew(work)
    whole = _to_the_end(traces, work, run)
    moments = random.Random(seed)
    alive = 0
    for number in range(1, rounds + 1):
        _begin_anew(work)
        process = traces.start(*run, env=home_of(work), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(moments.uniform(0, whole))
        except subprocess.TimeoutExpired:
            alive += 1
        process.kill()
        process.wait()
        if not traces.settled():
            return [f"after round {number} of seed {seed}:", *traces.left()]
        if number % 10 == 0:
            _say(f"{number} of {rounds} killed")
    _to_the_end(traces, work, run)
    _say(
        f"{rounds} runs killed at random moments of {whole:.1f} s (seed {seed}), {alive} of them before they had ended"
    )
    return traces.left()


def _begin_anew(work: Path) -> None:
    for record in (work / "gen/digest", work / "peers/python/build/.record.json"):
        record.unlink(missing_ok=True)


def _to_the_end(traces: Traces, work: Path, run: tuple[str, ...]) -> float:
    """Plays one, which must be green, and returns for how many seconds."""
    began = time.monotonic()
    process = traces.start(*run, env=home_of(work))
    out, err = process.communicate()
    if process.returncode != Exit.OK:
        raise RuntimeError(f"{' '.join(run)} exited with {process.returncode}:\n{out}{err}")
    return time.monotonic() - began


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
