"""The command that plays a cell once more as a run did."""

from __future__ import annotations

from zmq_interop.run.options import Options
from zmq_interop.system.text import command
from zmq_interop.system.workspace import Workspace


def again(options: Options, space: Workspace) -> list[str]:
    """The command-line words that replay a cell with these options, as for `RunStarted.again`."""
    words = [*options.compare, *options.again()]
    if space.named:
        words += ["--work-dir", str(space.named)]
    return words


def repro(id: str, options: Options, space: Workspace) -> str:
    """The command that replays only this cell."""
    return command((id,), again(options, space))
