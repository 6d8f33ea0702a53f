"""The options of `interop ledger` and `interop baseline`; ledger_files.py and ledger_add.py do the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Command, Group, with_protos
from zmq_interop.core.verdicts import Kind

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace


@click.group(cls=Group)
def ledger() -> None:
    """Checks and edits the ledger of known failures (docs/ledger.md)."""


@ledger.command()
@run_options.of("ledger", "no-default-ledger", "proto", "peer")
@with_protos
def check(space: Workspace, **options: Any) -> None:
    """Checks the ledger against the plan, without playing anything.

    Reports entries that are stale, expired or overlapping, and exits with 1 if there are any. Entries about your own
    messages or peers are looked at only with --proto or --peer, as in `interop run`.
    """
    from zmq_interop.cli import ledger_files
    from zmq_interop.run.options import Options

    sys.exit(ledger_files.check(Options(**options), space))


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
@run_options.of("ledger", "no-default-ledger")
@with_protos
def add(
    space: Workspace,
    cells: tuple[str, ...],
    reason: str,
    url: str,
    kinds: tuple[str, ...],
    ledgers: tuple[Path, ...],
    default_ledger: bool,
) -> None:
    """Adds cells that failed in the last run: to an entry with the same reason, else as a new entry.

    CELL is a PATTERN as in `interop run`: the entry covers those selected cells that failed. It is written to the last
    --ledger FILE; without one, to that of the last run, or to known-failures.toml. No other file is changed.
    """
    from zmq_interop.cli import ledger_add

    wanted = frozenset(map(Kind, kinds or Kind))
    sys.exit(ledger_add.add(ledgers, cells, reason, url, wanted, space, default=default_ledger))


@ledger.command()
@click.option("--dry-run", is_flag=True, help="Print what would change, without changing it.")
@run_options.of("ledger", "no-default-ledger")
@with_protos
def prune(space: Workspace, dry_run: bool, ledgers: tuple[Path, ...], default_ledger: bool) -> None:
    """Removes or narrows entries that the last full run showed to be stale, expired, fixed or too broad.

    It changes the file that `add` would write to.
    """
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.prune(ledgers, space, default=default_ledger, dry_run=dry_run))


@click.command(cls=Command)
@with_protos
def baseline(space: Workspace) -> None:
    """Rewrites interop-baseline.toml with what a full run tests now, and shows the changes."""
    from zmq_interop.cli import ledger_files

    sys.exit(ledger_files.baseline(space))
