"""Where things are: the project's folders, which may be read-only, and the folder where the harness makes things."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.system import home

ROOT = home.ROOT
PROTO = ROOT / "proto"
PEERS = ROOT / "peers"
TEMPLATES = ROOT / "templates"
COMPOSE = ROOT / "compose.yaml"
KNOWN = ROOT / "known-failures.toml"  # of the project's own peers

# What people keep under version control: in a checkout the project's, else that of the folder where it is started.
HERE = Path() if home.INSTALLED else ROOT
LEDGER = HERE / KNOWN.name
BASELINE = HERE / "interop-baseline.toml"

# Everything below it is made by the harness and removed by `interop clean`.
STATE = home.chosen() or (home.cache() if home.INSTALLED else ROOT / ".interop")
IN_PLACE = STATE == ROOT / ".interop"  # a checkout that may be written: its peers are built in their own folders
RUNS = STATE / "runs"
LATEST = STATE / "latest"
BUILDS = STATE / "builds"
GENERATED = STATE / "gen"
TOOLS = STATE / "tools"
WORKPLACES = STATE / "peers"


def make(folder: Path) -> Path:
    """Makes a folder below the work folder, which is ours from then on. Raises UsageError where it cannot be."""
    if not IN_PLACE:
        home.claim(STATE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
