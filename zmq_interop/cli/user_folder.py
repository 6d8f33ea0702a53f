"""Files of an installed `interop`'s users in the current folder. A checkout has its own."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.system import home


def protos(folder: Path) -> tuple[Path, ...]:
    """`proto/` in the folder, if it contains protos: it is then the default of `--proto`."""
    own = folder / "proto"
    return (own,) if home.INSTALLED and any(own.rglob("*.proto")) else ()
