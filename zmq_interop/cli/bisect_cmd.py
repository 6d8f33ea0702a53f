"""The options of `interop bisect`; zmq_interop/cli/bisect_play.py does the work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Command, with_protos

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Finds the versions of a library between which a cell changes.

    Plays the cell as it is and with each variant of its peers in their place, the oldest version first and one cell at
    a time, and says since which version it is red or green. CELL is the id of one cell; --variants is as in `run`
    (default: all variants of the peers of the cell). A known failure counts as red.

    \b
    Exit codes:
      0  a change was found
      1  the cell has the same outcome in all versions
      2  interrupted, or the run is incomplete
      3  an internal error of the harness
      4  wrong usage, such as a pattern that selects several cells
      5  no cell is selected
      6  a version could not be judged, for example because it does not build
    """


@click.command(cls=Command, help=_HELP)
@click.argument("cell")
@run_options.of("variants", "peer", "proto", "ledger", "no-default-ledger", "runtime", "limit", "no-install")
@with_protos
def bisect(space: Workspace, cell: str, **options: Any) -> None:
    from zmq_interop.cli import bisect_play
    from zmq_interop.run.options import Options

    sys.exit(bisect_play.main(cell, Options(**options), space))
