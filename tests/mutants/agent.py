"""The Python peer's agent with one fault: `agent.py --mutant NAME`. `--list` tells all; without one it is honest."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In front of this script's own folder, where `agent` would be this file.
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]

from agent import main  # noqa: E402
from lane import Lane  # noqa: E402

from tests.liars.lie import Liar  # noqa: E402
from tests.mutants.mutant import Mutant  # noqa: E402
from tests.mutants.points import MUTANTS  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutant", choices=MUTANTS)
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    if chosen.list:
        # The honest agent has moved stdout away: what libraries print goes to stderr.
        json.dump({name: [one.operator, one.about] for name, one in MUTANTS.items()}, sys.stderr)
        sys.exit()
    mutant = MUTANTS[chosen.mutant] if chosen.mutant else Mutant("none", "", Lane)
    mutant.install()
    main(mutant.lane, Liar)
