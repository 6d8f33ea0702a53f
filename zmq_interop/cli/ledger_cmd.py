"""The commands `interop ledger` and `interop baseline` as they are typed; ledger_files.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from zmq_interop.cli.command_base import Command, Group, outside_option
from zmq_interop.core.verdicts import Kind

_file = click.option(
    "--ledger",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The ledger (default: known-failures.toml of checkout or folder).",
)


@click.group(cls=Group)
def ledger() -> None:
    """The failures that are known: checks the file, adds to it, takes out what is no more (docs/ledger.md)."""


@ledger.command()
@_file
@outside_option
def check(file: Path | None, outside: Any) -> None:
    """Reads the ledger and holds it against the plan; nothing is played.

    Tells of entries that are stale, expired, or overlap, and exits with 1 where there are some.
    """
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.check(file, outside))


@ledger.command()
@click.argument("cells", nargs=-1, required=True, metavar="CELL...")
@click.option("--reason", required=True, metavar="TEXT", help="In a sentence, why they fail.")
@click.option("--url", default="", metavar="URL", help="Where that is described.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([str(kind) for kind in Kind]),
    metavar="KIND",
    help="Only those that failed so, e.g. uncompilable; any number of times (default: however they failed).",
)
@_file
def add(cells: tuple[str, ...], reason: str, url: str, kinds: tuple[str, ...], file: Path | None) -> None:
    """Adds an entry for cells that failed in the last run.

    CELL is as PATTERN of `interop run`: of the cells that it selects, the entry covers those that failed.
    """
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.add(file, cells, reason, url, frozenset(map(Kind, kinds or Kind))))


@ledger.command()
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
@_file
def prune(dry_run: bool, file: Path | None) -> None:
    """Takes out what the last run, a whole one, has shown to be stale, expired, fixed or too broad."""
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.prune(file, dry_run=dry_run))


@click.command(cls=Command)
def baseline() -> None:
    """Writes interop-baseline.toml anew, with what a whole run tests now, and shows what that changes."""
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.baseline())
