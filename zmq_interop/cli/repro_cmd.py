"""The options of `interop repro`; zmq_interop/cli/repro_play.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli import completion
from zmq_interop.cli.command_base import Command, with_protos

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Writes programs that show what a cell does, without this project: for a report upstream.

    CELL is the id of one cell. It is played once more, as processes, together with a cell of the same scenario and
    values that passes. The folder then has a short program for each role, in the language and with the library of its
    peer, with pinned versions; a README.md with what should happen and what happens; and `run.sh`, which exits with 1
    while the fault is there, with 0 once it is gone, and with 2 if the programs could not be run. docs/repro.md lists
    what is not supported yet.

    \b
    Exit codes:
      0  the folder is written
      2  interrupted, or the disk is full
      3  an internal error of the harness
      4  wrong usage: more than one cell, a folder that is not empty, or a cell
         that is not supported yet
      5  no cell is selected
      6  the cell could not be judged, for example because a peer does not build
    """


@click.command(cls=Command, help=_HELP)
@click.argument("cell", shell_complete=completion.cells)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="The folder to write: a new or an empty one.",
)
@with_protos
def repro(space: Workspace, cell: str, folder: Path) -> None:
    from zmq_interop.cli import repro_play

    sys.exit(repro_play.main(cell, folder, space))
