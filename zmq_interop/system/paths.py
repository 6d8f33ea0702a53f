"""Paths of the project's own folders and files, which may be read-only. Those of a run: workspace.py."""

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
