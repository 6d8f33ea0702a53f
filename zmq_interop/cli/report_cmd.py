"""The options of `interop report` and `interop diff`; report_files.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, in_workspace

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_REPORT_HELP = """Creates reports from the event logs of finished runs, of this or other machines.

    LOG is an events.jsonl, the folder that contains it, or the id of a run (`interop runs`); the default is the latest
    run. Several logs are merged into one report: the shards of one plan, or runs that share no cell. Without a format
    option, the report is printed.

    \b
    Exit codes (those of the runs):
      0  everything is as expected
      1  a cell failed, or is fixed; or a problem of the whole run
      2  incomplete: a run was cut short or interrupted, or a shard is missing;
         the first line of each report says so
      3  an internal error of the harness
      4  wrong usage: a bad option, or a file that is not a complete event log
      5  all selected cells are unsupported
      6  something could not be judged (broken), but nothing failed
    """


@click.command(cls=Command, help=_REPORT_HELP)
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path), metavar="[LOG]...")
@click.option("--html", is_flag=True, help="Write report.html: the full report as one page that needs no network.")
@click.option("--junit", is_flag=True, help="Write junit.xml, for CI: one test case per cell.")
@click.option("--ctrf", is_flag=True, help="Write ctrf.json, for CI: the same as Common Test Report Format (ctrf.io).")
@click.option("--markdown", is_flag=True, help="Write summary.md, for a comment or the summary of a CI step.")
@click.option("--json", is_flag=True, help="Write summary.json, for programs; its schema is docs/summary.schema.json.")
@click.option("--badge", is_flag=True, help="Write badge.svg, and badge.json for shields.io.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=".",
    show_default=True,
    help="The folder to write the files to.",
)
@click.option(
    "--github",
    is_flag=True,
    help="In a step of GitHub Actions: write annotations, the summary, and the outputs account, exit-code and report.",
)
@in_workspace
def report(space: Workspace, logs: tuple[Path, ...], output: Path, github: bool, **formats: bool) -> None:
    from zmq_interop.cli import report_files

    wanted = [name for name, wanted in formats.items() if wanted]
    sys.exit(report_files.report(logs, wanted, output, space, on_github=github))


_DIFF_HELP = """Compares run B with run A: newly red, newly green, gone, new and slower cells.

    A and B are event logs, folders of runs, or ids of runs or their prefixes (`interop runs`). Times are relative to
    the fastest cells of the same run, so that runs on different machines can be compared. Worse means: a cell is newly
    red or gone, a known failure fails in another way, or a peer takes more than twice as long. A fixed cell has passed.

    \b
    Exit codes:
      0  nothing got worse
      1  something got worse
      2  incomplete: one of the runs was cut short or interrupted
      3  an internal error of the harness
      4  wrong usage: a bad option, or a file that is not a complete event log
      6  all that got worse is that cells could not be judged (broken)
    """


@click.command(cls=Command, help=_DIFF_HELP)
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@in_workspace
def diff(space: Workspace, before: Path, after: Path) -> None:
    from zmq_interop.cli import report_files

    sys.exit(report_files.diff(before, after, space))
