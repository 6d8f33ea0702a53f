"""Where things are: the project's folders, and the folders that the harness makes."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
PEERS = ROOT / "peers"
COMPOSE = ROOT / "compose.yaml"

STATE = ROOT / ".interop"  # everything below it is made by the harness and removed by `interop clean`
RUNS = STATE / "runs"
LATEST = STATE / "latest"
BUILDS = STATE / "builds"
GENERATED = STATE / "gen"
TOOLS = STATE / "tools"
