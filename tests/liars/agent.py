"""The Python peer's agent, but it lies: `agent.py --lie NAME`. `--list` names all lies; without a lie it is honest.

Only what the lie is about differs: sockets, threads, protobuf and the control channel are the honest agent's. It says
that it is the peer in whose folder it was started.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In front of this script's own folder, where `agent` would be this file.
sys.path[:0] = [str(ROOT / "peers" / "python"), str(ROOT)]

from agent import main  # noqa: E402

from tests.liars.lie import Lie, lane_with  # noqa: E402
from tests.liars.lies import LIES  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lie", choices=LIES)
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    if chosen.list:
        # The honest agent has moved stdout away: what libraries print goes to stderr.
        print("\n".join(LIES), file=sys.stderr)
        sys.exit()
    lie = LIES[chosen.lie] if chosen.lie else Lie()
    main(lane_with(lie.socket, lie.lane), lie.agent)
