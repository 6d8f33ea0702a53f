"""What users of an installed `interop` keep in the folder where they start it. A checkout has its own of all that."""

from __future__ import annotations

from pathlib import Path

from zmq_interop.system import home


def protos(folder: Path) -> tuple[Path, ...]:
    """`proto/` in the folder, where there is one with protos in it: these are played as if `--proto` had named it."""
    own = folder / "proto"
    return (own,) if home.INSTALLED and any(own.rglob("*.proto")) else ()
