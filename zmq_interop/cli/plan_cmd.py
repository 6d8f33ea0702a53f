"""`interop plan`: how many machines a run needs, as the matrix of a CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import completion, run_options
from zmq_interop.cli.command_base import Command, with_protos

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Prints how many shards a run needs so that each is done in TIME, as the matrix of a CI.

    Takes the options of `interop run` that select cells; give the same ones to each shard. Costs are those recorded
    with the suite (docs/ci.md). Builds do not count; --setup is for them. Plays nothing.

    \b
    Exit codes:
      0  the matrix is printed
      3  an internal error of the harness
      4  wrong usage, such as a TIME that one cell alone exceeds
      5  no cell is selected
    """
_OPTIONS = (
    *("peers", "variants", "versions", "peer", "proto", "config", "ledger", "no-default-ledger", "exclude"),
    *("jobs", "all", "role", "since"),
)


@click.command(cls=Command, help=_HELP)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=completion.cells)
@click.option("--target", required=True, metavar="TIME", help="How long each shard may take, such as 90s or 5m.")
@click.option(
    "--setup",
    metavar="TIME",
    help="How much of that each machine needs before its first cell: to install, to build peers or pull images.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "github", "gitlab"]),
    default="json",
    show_default=True,
    help="github: the matrix of a job, in one line. gitlab: a file for a child pipeline. json: with times.",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    metavar="N",
    help="At most so many shards (default: as many jobs as the CI allows).",
)
@click.option(
    "--pace-from",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="LOG",
    help="The event log of an earlier run on such a machine, which tells how quick it is. May be repeated.",
)
@run_options.of(*_OPTIONS)
@with_protos
def plan(
    space: Workspace,
    target: str,
    setup: str | None,
    kind: str,
    most: int | None,
    logs: tuple[Path, ...],
    **options: Any,
) -> None:
    from zmq_interop.cli import report_files, run_cmd
    from zmq_interop.core import budget
    from zmq_interop.run import shards
    from zmq_interop.run.options import Options
    from zmq_interop.system.errors import UsageError
    from zmq_interop.system.stdio import show
    from zmq_interop.system.text import counted, line

    seconds = budget.parse(target, "--target") - (budget.parse(setup, "--setup") if setup else 0)
    if seconds <= 0:
        raise UsageError(f"--setup {setup}: nothing of --target {target} is left", "give a longer --target")
    chosen = Options(**options)
    render, limit = shards.FORMATS[kind]
    planned = run_cmd.prepare(chosen, space)
    found = [report_files.find(path, space) for path in logs]
    parts = shards.choose(planned, seconds, min(most or limit, limit), chosen.jobs, found)
    show(render(parts))
    longest = max(part.seconds for part in parts)
    cells = counted(sum(part.cells for part in parts), "cell")
    show(line(f"{counted(len(parts), 'shard')} of {cells}: about {longest:.0f} s each, beside builds"), sys.stderr)
    sys.exit(0)
