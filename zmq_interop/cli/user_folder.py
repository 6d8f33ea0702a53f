"""Files of users in the current folder, which are used without being named."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.system import home

FILE = "interop.toml"


def protos(folder: Path) -> tuple[Path, ...]:
    """`proto/` in the folder, if it contains protos: it is then the default of `--proto`. A checkout has its own."""
    own = folder / "proto"
    return (own,) if home.INSTALLED and any(own.rglob("*.proto")) else ()


def config(folder: Path) -> Path | None:
    """`interop.toml` in the folder, if there is one: it is then the default of `--config`."""
    own = folder / FILE
    return own if own.is_file() else None
