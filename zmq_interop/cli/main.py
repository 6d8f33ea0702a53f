"""The command line: parses and delegates. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

from zmq_interop import __version__
from zmq_interop.cli import (
    bench_cmd,
    compare_cmd,
    ledger_cmd,
    new_peer_cmd,
    report_cmd,
    run_options,
    schema_cmd,
    smoke_cmd,
)
from zmq_interop.cli.command_base import Group
from zmq_interop.system import home, stdio
from zmq_interop.system.errors import Exit, InteropError, PeerBroken, unwritable
from zmq_interop.system.text import fenced


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Start with `{home.COMMAND} run`. Exit codes: `{home.COMMAND} run --help`. Documents: {home.ROOT}/docs.",
)
@click.version_option(__version__, "--version", prog_name="interop")
def cli() -> None:
    """Interop tests for ZeroMQ and Protocol Buffers: every language understands every other.

    Peers (a language with its libraries) carry out socket operations; scenarios say what must come of them; each
    combination is a cell with a verdict.
    """


def _roles(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for value in values:
        role, equals, peer = value.partition("=")
        if not equals or not role or not peer:
            raise click.BadParameter(f"{value!r} is not ROLE=PEER, e.g. pusher=c")
        roles[role] = peer
    return roles


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    from zmq_interop.core import shard

    return None if value is None else shard.parse(value)


_RUN_HELP = """Plays every cell that the patterns select, and gives each a verdict.

    PATTERN is a cell's id or the beginning of one: push_pull, push_pull/tcp, push_pull/tcp/c:go; where that is none of
    its parts, any beginning: push_pul, push_pull/tcp/c (from c, cpp, ...). Or it has wildcards over the whole id:
    '*/ipc/*go*'. Without one, all cells are played.

    \b
    Exit codes:
      0  all as it should be
      1  a cell failed
      2  interrupted
      3  a fault of the harness itself
      4  wrong usage: an option, a manifest's name, a proto that does not compile
      5  nothing is selected
      6  something could not be judged (broken), and nothing failed
    """


@cli.command(help=_RUN_HELP)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@run_options.shared
@click.option(
    "--require-peers",
    metavar="A,B,...",
    callback=run_options.names,
    help="Fail the run unless each of these plays in a cell that is judged.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    callback=_roles,
    metavar="ROLE=PEER",
    help="Only this peer in this role, e.g. pusher=c; any number of times.",
)
@click.option(
    "--control",
    type=click.Choice(["auto", "socket", "stdio"]),
    default="auto",
    show_default=True,
    help="The control channel: a Unix socket where possible, or the agents' stdin and stdout.",
)
@click.option(
    "--shard",
    callback=_shard,
    metavar="K/N",
    help="Only the Kth of N parts of about the same cost, one for each machine (docs/ci.md).",
)
@click.option("--exitfirst", "-x", is_flag=True, help="Begin no other cell after the first that fails or is broken.")
@click.option(
    "--report",
    "reports",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="At the end, also of an interrupted run, write the report there in every format of `interop report`.",
)
@click.option("--list", "list_", is_flag=True, help="Show the planned cells and play none.")
@click.option("--why", is_flag=True, help="With --list: beside each unsupported cell what is missing in which peer.")
def run(list_: bool, why: bool, no_install: bool, reports: Path | None, **options: Any) -> None:
    from zmq_interop.cli import run_cmd
    from zmq_interop.run.session import Options

    chosen = Options(install=not no_install, **options)
    sys.exit(run_cmd.list_cells(chosen, why=why) if list_ or why else run_cmd.play(chosen, reports))


_TAKES_ALL = {"ignore_unknown_options": True, "help_option_names": []}  # what pytest takes, --help too


@cli.command(context_settings=_TAKES_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def test(arguments: tuple[str, ...]) -> None:
    """Runs the tests: pytest over tests/, with any arguments of pytest (-k, -x, --lf, --junitxml, ...).

    tests/unit needs no agent; tests/interop has one item for each cell of the matrix. Paths are those of the checkout.
    """
    _pytest("test", arguments)


@cli.command(context_settings=_TAKES_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def check(arguments: tuple[str, ...]) -> None:
    """Runs every check that a change must pass: formats, linters and types, then all tests, the quick ones first."""
    from zmq_interop.system.paths import ROOT

    folders = {path.parent.name for path in ROOT.glob("tests/*/test_*.py")}
    quick_first = sorted(folders, key=lambda name: (name not in ("tools", "unit"), name))
    _pytest("check", (*(f"tests/{name}" for name in quick_first), *arguments))


def _pytest(command: str, arguments: tuple[str, ...]) -> NoReturn:
    bench_cmd.need_checkout(command)
    import pytest

    from zmq_interop.system.paths import ROOT

    os.chdir(ROOT)  # where pytest looks for its settings and for tests/
    sys.exit(pytest.main([*arguments]))


cli.add_command(bench_cmd.bench)


@cli.command()
@click.argument("cell")
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="One of `interop runs`, or the beginning of its id (default: the newest that has the cell).",
)
def log(cell: str, run_id: str | None) -> None:
    """Shows all that one cell did in the newest run that has it: verdict, operations in time order, stderr.

    Every cell of every run has it, also one that passed. The first line says which run it is.
    """
    from zmq_interop.cli import run_cmd

    sys.exit(run_cmd.show_log(cell, run_id))


@cli.command()
def runs() -> None:
    """Lists the runs that are kept, the last twenty, newest first: id, when, how long, how many red, the account.

    The line below has the command, and the peers that played. `log --run`, `report` and `diff` take the ids.
    """
    from zmq_interop.cli import run_cmd

    sys.exit(run_cmd.show_runs())


cli.add_command(new_peer_cmd.new_peer)
cli.add_command(smoke_cmd.smoke)
cli.add_command(report_cmd.report)
cli.add_command(report_cmd.diff)
cli.add_command(compare_cmd.compare)
cli.add_command(schema_cmd.schema)
cli.add_command(ledger_cmd.ledger)
cli.add_command(ledger_cmd.baseline)


@cli.command()
@click.option("--no-install", is_flag=True, help="Install nothing to find out.")
def doctor(no_install: bool) -> None:
    """Tells which peers can be built and run here, in which runtimes, with what library versions.

    For each "no" it gives the command that turns it into a "yes". Exits with 0 when every peer can be played.
    """
    from zmq_interop.cli import doctor as examination

    sys.exit(examination.main(install=not no_install))


@cli.command()
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
def clean(dry_run: bool) -> None:
    """Removes what the project made: .venv, builds, logs, images, networks, volumes. And only that."""
    from zmq_interop.cli import clean as cleaning

    sys.exit(cleaning.main(dry_run=dry_run))


def main() -> None:
    """Runs the command line; an InteropError is a message and its exit code, never a traceback."""
    stdio.setup()
    try:
        cli.main(prog_name=home.COMMAND, standalone_mode=False)
    except InteropError as error:
        said = error.detail.splitlines() if isinstance(error, PeerBroken) else []
        _end("\n".join([str(error), *(f"  | {line}" for line in said)]), error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        _end("interrupted", Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 (whatever it is, it must not look like a cell that failed)
        if full := unwritable(error):
            _end(str(full), full.exit_code)
        traceback.print_exc()
        _end("this is a defect of the harness, not of a peer", Exit.HARNESS_FAULT)


def _end(last: str, code: Exit) -> NoReturn:
    """The last line on stderr, where anybody reads it, and the exit code."""
    stdio.show("\n".join(fenced(f"interop: {last}")), sys.stderr)
    sys.exit(code)
