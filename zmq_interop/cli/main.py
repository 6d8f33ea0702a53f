"""The command line: parses and delegates. Each command imports its slow dependencies itself."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from zmq_interop import __version__
from zmq_interop.cli import (
    bench_cmd,
    bisect_cmd,
    check_config_cmd,
    compare_cmd,
    completion,
    fuzz_cells_cmd,
    init_cmd,
    k8s_cmd,
    ledger_cmd,
    new_peer_cmd,
    plan_cmd,
    record_cmd,
    report_cmd,
    repro_cmd,
    run_options,
    schema_cmd,
    site_cmd,
    smoke_cmd,
    upgrade_cmd,
    whole_test,
)
from zmq_interop.cli.command_base import Group, in_workspace, with_protos
from zmq_interop.system import home, stdio
from zmq_interop.system.errors import Exit, InteropError, PeerBroken, unwritable
from zmq_interop.system.text import fenced

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Start with `{home.COMMAND} run`. Exit codes: `{home.COMMAND} run --help`. Documents: {home.ROOT}/docs.",
)
@click.version_option(__version__, "--version", prog_name="interop")
def cli() -> None:
    """Interop tests for ZeroMQ and Protocol Buffers: every language understands every other.

    Peers (a language with its libraries) carry out socket operations; scenarios define the expected behaviour; each
    combination is a cell with a verdict.
    """


_RUN_HELP = """Plays every cell that the patterns select, and gives each a verdict.

    PATTERN is a cell's id or its leading parts: push_pull, push_pull/tcp, push_pull/tcp/c:go. If it matches no whole
    part, it is any prefix: push_pul, push_pull/tcp/c (from c, cpp, ...). Or it has wildcards that match the whole id:
    '*/ipc/*go*'. family:NAME stands for all scenarios of a family: family:pending, family:pending/tcp. The families are
    exchange, multipart, lanes, counted, flow, pending, balance, subscriptions, publisher_options, topologies, protobuf,
    scalars, collections, evolution, bad_payloads, own_schemas, options, connections, reconnection, monitoring, routing,
    addressing, zmtp_greeting, zmtp_handshake, zmtp_mechanisms, zmtp_traffic, zmtp_subscriptions, endpoints,
    stream_sockets, faults, faults_ends, heartbeats, security and zap. Without a pattern, all cells are played.

    \b
    Exit codes:
      0  everything is as expected
      1  a cell failed, or is fixed; or a problem of the whole run: the ledger,
         the baseline or --require-peers does not hold
      2  interrupted, or the disk is full
      3  an internal error of the harness
      4  wrong usage: a bad option, an unknown peer, a file that cannot be used
      5  no cell is selected, or all that are selected are unsupported
      6  something could not be judged (broken), such as a peer that does not
         build or a proto of yours that does not compile; nothing failed
    """


@cli.command(help=_RUN_HELP)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=completion.cells)
@run_options.of_run
@click.option(
    "--report",
    "reports",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the report to this folder in every format of `interop report`, even if the run is interrupted once its "
    "cells are planned.",
)
@click.option("--list", "list_", is_flag=True, help="Print the planned cells without playing them.")
@click.option("--why", is_flag=True, help="Like --list, and for each unsupported cell print what each peer lacks.")
@with_protos
def run(space: Workspace, list_: bool, why: bool, reports: Path | None, **options: Any) -> None:
    from zmq_interop.cli import run_cmd
    from zmq_interop.run.options import Options

    chosen = Options(**options)
    sys.exit(run_cmd.list_cells(chosen, space, why=why) if list_ or why else run_cmd.play(chosen, space, reports))


_TAKES_ALL = {"ignore_unknown_options": True, "help_option_names": []}  # pass everything on to pytest, even --help


@cli.command(context_settings=_TAKES_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def test(arguments: tuple[str, ...]) -> None:
    """Runs pytest over tests/; takes any pytest arguments (-k, -x, --lf, --junitxml, ...).

    tests/unit needs no agent; tests/interop has one item per cell of the matrix. Paths are relative to the checkout.
    Without arguments, tests that start no containers run on up to 5 workers first, then all others.
    """
    _pytest("test", *([(arguments,)] if arguments else whole_test.stages(os.cpu_count() or 1)))


@cli.command(context_settings=_TAKES_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def check(arguments: tuple[str, ...]) -> None:
    """Runs every check that a change must pass: formatters, linters and types, then all tests, the quick ones first."""
    from zmq_interop.system.paths import ROOT

    folders = {path.parent.name for path in ROOT.glob("tests/*/test_*.py")}
    quick_first = sorted(folders, key=lambda name: (name not in ("tools", "unit"), name))
    _pytest("check", ((*(f"tests/{name}" for name in quick_first), *arguments),))


def _pytest(command: str, *stages: whole_test.Stage) -> NoReturn:
    """Runs pytest with these arguments; exits with the first exit code that is not 0."""
    bench_cmd.need_checkout(command)

    from zmq_interop.system.paths import ROOT

    os.chdir(ROOT)  # where pytest looks for its settings and for tests/
    if len(stages) > 1:
        sys.exit(whole_test.run(stages))
    import pytest

    sys.exit(pytest.main([*stages[0][0]]))


cli.add_command(bench_cmd.bench)


@cli.command()
@click.argument("cell", shell_complete=completion.cells)
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="A run's id or a prefix of it; `interop runs` lists them (default: the newest run with this cell).",
)
@click.option(
    "--wire",
    is_flag=True,
    help="Show the bytes of the cell's connections instead, decoded: greetings, commands, frames, messages.",
)
@click.option(
    "--against",
    metavar="A:B",
    help="With --wire: mark the first bytes that differ from those of the same cell with these peers, in role order.",
)
@click.option(
    "--pcapng",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write these bytes to a file for Wireshark instead.",
)
@in_workspace
def log(space: Workspace, cell: str, run_id: str | None, wire: bool, against: str | None, pcapng: Path | None) -> None:
    """Shows everything that one cell did in the newest run with it: verdict, operations in time order, stderr.

    Every cell has a log, even one that passed. The first line names the run. Exits with 2 if that run was cut short.
    """
    from zmq_interop.cli import run_cmd

    sys.exit(run_cmd.show_log(cell, run_id, space, wire=wire, against=against, capture=pcapng))


@cli.command()
@in_workspace
def runs(space: Workspace) -> None:
    """Lists past runs, newest first: id, start time, duration, red cells, account.

    A second line shows the command and the peers that took part. `log --run`, `report` and `diff` take the ids. The
    newest 20 whole runs are kept, as many narrowed ones, and as many of a single cell. To keep one for longer, copy its
    folder elsewhere: `report` and `diff` also take a path.
    """
    from zmq_interop.cli import run_cmd

    sys.exit(run_cmd.show_runs(space))


cli.add_command(new_peer_cmd.new_peer)
cli.add_command(smoke_cmd.smoke)
cli.add_command(report_cmd.report)
cli.add_command(report_cmd.diff)
cli.add_command(site_cmd.history)
cli.add_command(site_cmd.site)
cli.add_command(repro_cmd.repro)
cli.add_command(compare_cmd.compare)
cli.add_command(upgrade_cmd.upgrade)
cli.add_command(bisect_cmd.bisect)
cli.add_command(fuzz_cells_cmd.fuzz_cells)
cli.add_command(plan_cmd.plan)
cli.add_command(k8s_cmd.k8s)
cli.add_command(schema_cmd.schema)
cli.add_command(init_cmd.init)
cli.add_command(record_cmd.record)
cli.add_command(check_config_cmd.check_config)
cli.add_command(ledger_cmd.ledger)
cli.add_command(ledger_cmd.baseline)
cli.add_command(completion.completion)


@cli.command()
@click.option("--no-install", is_flag=True, help="Do not install build requirements; report the missing ones.")
@with_protos
def doctor(space: Workspace, no_install: bool) -> None:
    """Checks which peers can be built and run here, in which runtimes, with which library versions.

    For each "no" it prints the command that fixes it. Exits with 0 if every peer can be played, else
    with 6.
    """
    from zmq_interop.cli import doctor

    sys.exit(doctor.main(space, install=not no_install))


@cli.command()
@click.option("--dry-run", is_flag=True, help="Print what would be removed, without removing it.")
@in_workspace
def clean(space: Workspace, dry_run: bool) -> None:
    """Removes everything that the harness created, and nothing else: .venv, builds, logs, images, networks, volumes."""
    from zmq_interop.cli import clean

    sys.exit(clean.main(space, dry_run=dry_run))


def main(arguments: Sequence[str] | None = None, space: Workspace | None = None) -> None:
    """Runs the command line. An InteropError becomes a message and its exit code, never a traceback.

    arguments: by default those of this process. space: where it works; by default where its
    options and the environment say.
    """
    stdio.setup()
    try:
        cli.main(arguments, prog_name=home.COMMAND, complete_var=completion.VARIABLE, standalone_mode=False, obj=space)
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
        _end("this is a bug in the harness, not in a peer; please report it", Exit.HARNESS_FAULT)


def _end(last: str, code: Exit) -> NoReturn:
    """Prints the last line on stderr and exits with this code."""
    stdio.show("\n".join(fenced(f"interop: {last}")), sys.stderr)
    sys.exit(code)
