"""The command line of what event logs tell: `interop report` and `interop diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zmq_interop.cli.command_base import Command

_REPORT_HELP = """Makes reports of event logs: of runs that are over, here or on other machines.

    LOG is an events.jsonl, the folder that has it, or the id of a run (`interop runs`); without one, that of the latest
    run. Several logs make one report:
    the shards of one plan, or runs that share no cell. Without a format, the report is printed.

    \b
    Exit codes, those of the runs:
      0  all as it should be
      1  a cell failed
      2  incomplete: a run was cut short or interrupted, or a shard is missing;
         each report says so in its first line
      3  a fault of the harness itself
      4  wrong usage: an option, or a file that is no whole event log
      6  something could not be judged (broken), and nothing failed
    """


@click.command(cls=Command, help=_REPORT_HELP)
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path), metavar="[LOG]...")
@click.option("--html", is_flag=True, help="report.html, for people: one page, in one file that needs no network.")
@click.option("--junit", is_flag=True, help="junit.xml, for CI: a test case for each cell.")
@click.option("--markdown", is_flag=True, help="summary.md, for a comment or the summary of a CI step.")
@click.option("--json", is_flag=True, help="summary.json, for programs; its schema is docs/summary.schema.json.")
@click.option("--badge", is_flag=True, help="badge.svg, and badge.json for shields.io.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=".",
    show_default=True,
    help="Where the files go.",
)
@click.option(
    "--github",
    is_flag=True,
    help="As a step of GitHub Actions: errors, summary, outputs account, exit-code and report.",
)
def report(logs: tuple[Path, ...], output: Path, github: bool, **formats: bool) -> None:
    from zmq_interop.cli import report_files

    wanted = [name for name, wanted in formats.items() if wanted]
    sys.exit(report_files.report(logs, wanted, output, on_github=github))


_DIFF_HELP = """Tells what changed from run A to run B: newly red, newly green, gone, new, slower.

    A and B are event logs, folders of runs, or ids of runs or their beginnings (`interop runs`). Slower is by ratio to
    what the quickest cells of each run cost, so that two machines compare. Worse is what is newly red, what is gone,
    and a peer that costs more than twice as much.

    \b
    Exit codes:
      0  nothing got worse
      1  something got worse
      2  incomplete: one of the runs was cut short or interrupted
      4  wrong usage: an option, or a file that is no whole event log
    """


@click.command(cls=Command, help=_DIFF_HELP)
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
def diff(before: Path, after: Path) -> None:
    from zmq_interop.cli import report_files

    sys.exit(report_files.diff(before, after))
