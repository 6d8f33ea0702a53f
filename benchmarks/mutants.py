"""`interop bench mutants`: the Python agent with one small fault at a time, and which scenarios notice it."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bench import traceless
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.workspace import Workspace

if TYPE_CHECKING:
    from tests.mutants.play import Noticed, Point

GOAL = 0.98  # share of mutants, without the equivalent ones, that some scenario must notice


def main(only: Sequence[str], sample: int | None, seed: int | None, space: Workspace) -> int:
    """Plays mutants, prints what noticed each and the scores, and returns the exit code: 0 if GOAL is met, else 1.

    only: operators and names of mutants; none: all. sample: how many to draw of these, with a seed. space: where the
    runs work. Raises UsageError for an unknown name.
    """
    from tests.mutants import play  # needs the generated protos
    from tests.mutants.equivalent import EQUIVALENT

    with tempfile.TemporaryDirectory(prefix="interop-mutants-") as made, traceless(space.latest):
        home = Path(made)
        known = play.points(home)
        if strange := sorted(set(only) - {one.name for one in known} - {one.operator for one in known}):
            names = ", ".join(sorted({one.operator for one in known}))
            raise UsageError(f"--only {','.join(strange)}: no such mutant", f"operators: {names}")
        chosen = [one for one in known if not only or one.name in only or one.operator in only]
        if sample is not None:
            seed = random.randrange(2**32) if seed is None else seed
            print(f"seed {seed}", flush=True)
            chosen = random.Random(seed).sample(chosen, min(sample, len(chosen)))
        noticed: dict[Point, Noticed] = {}
        started = time.monotonic()
        for one, found in play.play(chosen, home):
            noticed[one] = found
            witnesses = f"{len(found.red)} of {len(found.met)} scenarios" if found.met else "no scenario meets it"
            sign = "yes" if found.red else "-" if one.name in EQUIVALENT else "NO"
            print(f"{sign:<3}  {time.monotonic() - started:5.0f} s  {one.name}: {witnesses}", flush=True)
    return account(noticed, EQUIVALENT)


def account(noticed: Mapping[Point, Noticed], equivalent: Mapping[str, str]) -> int:
    """Prints the scores and the survivors, and returns the exit code. equivalent: name -> why nothing can notice it."""
    able = [one for one in noticed if one.name not in equivalent]
    survivors = [one.name for one in able if not noticed[one].red]
    wrong = [one.name for one, found in noticed.items() if found.red and one.name in equivalent]
    print("\nper operator: mutants noticed, of those that can be")
    for operator in dict.fromkeys(one.operator for one in able):
        of_kind = [one for one in able if one.operator == operator]
        print(f"  {operator:<20} {sum(bool(noticed[one].red) for one in of_kind):3} of {len(of_kind)}")
    print("\nper scenario: mutants noticed, of those that it met")
    met = Counter(name for found in noticed.values() for name in found.met)
    red = Counter(name for found in noticed.values() for name in found.red)
    for name in sorted(met, key=lambda name: (-red[name] / met[name], name)):
        print(f"  {name:<24} {red[name]:3} of {met[name]}")
    print()
    for one in noticed:
        if one.name in equivalent:
            print(f"equivalent: {one.name}: {equivalent[one.name]}")
    if wrong:
        print(f"noticed, but said to be equivalent: {', '.join(wrong)}")
    print(f"survivors: {', '.join(survivors) or 'none'}")
    share = 1 - len(survivors) / len(able) if able else 1.0
    print(
        f"{len(able)} mutants: {len(able) - len(survivors)} ({share:.1%}) are noticed; "
        f"{len(noticed) - len(able)} more are equivalent"
    )
    return Exit.OK if share >= GOAL and not wrong else Exit.FAILED
