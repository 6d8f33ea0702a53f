"""The Python peer's agent, but it breaks one rule: `agent.py --break CHECK`, by the check that finds it out. `--list`
names all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In front of this script's own folder, where `agent` would be this file.
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]

from agent import main  # noqa: E402

from tests.liars.lie import lane_with  # noqa: E402
from tests.smoke.breaches import BREACHES  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--break", dest="breach", choices=BREACHES)
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    if chosen.list:
        # The honest agent has moved stdout away: what libraries print goes to stderr.
        print("\n".join(BREACHES), file=sys.stderr)
        sys.exit()
    lie = BREACHES[chosen.breach]
    main(lane_with(lie.socket, lie.lane), lie.agent)
