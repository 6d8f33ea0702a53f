"""Paths of the project's folders, which may be read-only, and of the work folder."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.system import home

ROOT = home.ROOT
PROTO = ROOT / "proto"
PEERS = ROOT / "peers"
TEMPLATES = ROOT / "templates"
COMPOSE = ROOT / "compose.yaml"
KNOWN = ROOT / "known-failures.toml"  # of the project's own peers

# Files under version control: the project's in a checkout, else those of the current folder.
HERE = Path() if home.INSTALLED else ROOT
LEDGER = HERE / KNOWN.name
BASELINE = HERE / "interop-baseline.toml"

# Everything below it is made by the harness and removed by `interop clean`.
STATE = home.chosen() or (home.cache() if home.INSTALLED else ROOT / ".interop")
IN_PLACE = STATE == ROOT / ".interop"  # a writable checkout: its peers are built in their own folders
RUNS = STATE / "runs"
LATEST = STATE / "latest"
BUILDS = STATE / "builds"
GENERATED = STATE / "gen"
TOOLS = STATE / "tools"
WORKPLACES = STATE / "peers"


def make(folder: Path) -> Path:
    """Creates a folder below the work folder, and claims that. Raises UsageError if that fails."""
    if not IN_PLACE:
        home.claim(STATE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
