"""The options of `interop ledger` and `interop baseline`; ledger_files.py does the work."""

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
    help="The ledger (default: known-failures.toml in the checkout or current folder).",
)


@click.group(cls=Group)
def ledger() -> None:
    """Checks and edits the ledger of known failures (docs/ledger.md)."""


@ledger.command()
@_file
@outside_option
def check(file: Path | None, outside: Any) -> None:
    """Checks the ledger against the plan, without playing anything.

    Reports entries that are stale, expired or overlapping, and exits with 1 if there are any.
    """
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.check(file, outside))


@ledger.command()
@click.argument("cells", nargs=-1, required=True, metavar="CELL...")
@click.option("--reason", required=True, metavar="TEXT", help="Why they fail, in one sentence.")
@click.option("--url", default="", metavar="URL", help="A page that describes the failure.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([str(kind) for kind in Kind]),
    metavar="KIND",
    help="Only cells that failed with this kind, e.g. uncompilable (default: any kind). May be repeated.",
)
@_file
def add(cells: tuple[str, ...], reason: str, url: str, kinds: tuple[str, ...], file: Path | None) -> None:
    """Adds an entry for cells that failed in the last run.

    CELL is a PATTERN as in `interop run`: the entry covers those selected cells that failed.
    """
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.add(file, cells, reason, url, frozenset(map(Kind, kinds or Kind))))


@ledger.command()
@click.option("--dry-run", is_flag=True, help="Print what would change, without changing it.")
@_file
def prune(dry_run: bool, file: Path | None) -> None:
    """Removes or narrows entries that the last full run showed to be stale, expired, fixed or too broad."""
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.prune(file, dry_run=dry_run))


@click.command(cls=Command)
def baseline() -> None:
    """Rewrites interop-baseline.toml with what a full run tests now, and shows the changes."""
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.baseline())
