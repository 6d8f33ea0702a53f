"""The options of `interop site` and `interop history`; site_play.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, in_workspace

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_SITE_HELP = """Writes a static site of many runs to a folder: what passes now, and since when.

    LOG is an events.jsonl, the folder that contains it, a folder with any number of these below it, such as the
    artefacts of a CI, or the id of a run; the default are all runs that are kept here. The site has pages for the
    matrix, each library, each scenario with its rules, each finding, and the runs, and an address for each cell. It
    needs no server and no network. history.json in the folder keeps what changed, and the next build goes on from it,
    so each build needs the new logs alone.
    """


@click.command(cls=Command, help=_SITE_HELP)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path), metavar="[LOG]...")
@in_workspace
def site(space: Workspace, folder: Path, logs: tuple[Path, ...]) -> None:
    from zmq_interop.cli import site_play

    sys.exit(site_play.site(folder, logs, space))


_HISTORY_HELP = """Tells for each cell since when it is what it is, over many runs.

    PATTERN selects cells as for `interop run`: an id or its leading parts, or wildcards. Without one, the cells are
    told that are red now or have changed. Each line has the state, since when, and what was before, the newest first.
    """


@click.command(cls=Command, help=_HISTORY_HELP)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option(
    "--from",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="LOG",
    help="An event log, a folder with any number of them below it, or the history.json of a site; may be repeated "
    "(default: all runs that are kept).",
)
@in_workspace
def history(space: Workspace, patterns: tuple[str, ...], logs: tuple[Path, ...]) -> None:
    from zmq_interop.cli import site_play

    sys.exit(site_play.history(patterns, logs, space))
