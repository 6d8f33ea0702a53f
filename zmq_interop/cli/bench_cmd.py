"""`interop bench`: measures the harness's own cost, and runs the long trials (soak, parts, blame, mutants, ...)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Group, with_protos
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_SEED = "Repeat the trial that printed this seed."


def need_checkout(command: str) -> None:
    """Raises UsageError if a command that needs the project's sources is called from an installed package."""
    if home.INSTALLED:
        raise UsageError(
            f"`interop {command}` needs the project's sources, which an installed package does not have",
            f"run it in a checkout: ./interop {command}",
        )


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--only", metavar="NAME,...", callback=run_options.names, help="Measure only these rows; --list prints their names."
)
@click.option(
    "--quick", is_flag=True, help="Fewer repetitions: enough to test the benchmark, too few for reliable figures."
)
@click.option("--clone", is_flag=True, help="Also measure the first run on a fresh clone, which takes minutes.")
@click.option(
    "--json", metavar="FILE", type=click.Path(path_type=Path), help="Also write rows and samples to this file."
)
@click.option("--list", "list_", is_flag=True, help="Print the names of the rows without measuring.")
@click.pass_context
def bench(context: click.Context, /, list_: bool, **wish: Any) -> None:
    """Measures the harness's speed against baselines taken in the same session, and prints a table.

    It takes minutes and needs an otherwise idle machine. Exits with 1 if a target is missed. The commands below are
    separate, longer trials.
    """
    need_checkout("bench")
    if context.invoked_subcommand is not None:
        if list_ or any(wish.values()):
            raise click.UsageError(f"put the options of `bench {context.invoked_subcommand}` after its name")
        return
    _measure(list_=list_, **wish)


@with_protos
def _measure(space: Workspace, list_: bool, **wish: Any) -> None:
    from benchmarks import suite

    if list_:
        click.echo("\n".join(suite.names()))
        return
    sys.exit(suite.main(suite.Wish(**wish), space))


@bench.command(name="bad-peers")
@click.option("--quick", is_flag=True, help="Fewer repetitions.")
@with_protos
def bad_peers(space: Workspace, quick: bool) -> None:
    """Measures how long a run takes with one misbehaving peer, compared with the same run with a healthy one."""
    from benchmarks import suite

    sys.exit(suite.main(suite.Wish(only=("bad-peers",), quick=quick), space))


@bench.command()
@click.argument("runs", type=click.IntRange(min=1), metavar="N")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--load", is_flag=True, help="Keep every core busy with other work during the trial.")
@with_protos
def soak(space: Workspace, runs: int, patterns: tuple[str, ...], load: bool) -> None:
    """Plays the default suite N times, or its cells with these patterns, and stops at the first red cell."""
    from benchmarks import soak

    sys.exit(soak.main(runs, patterns, space, load=load))


@bench.command()
@click.option("--only", metavar="NAME,...", callback=run_options.names, help="Only parts of these peers or scenarios.")
@click.option("--load", is_flag=True, help="Keep every core busy with other work during the trial.")
@with_protos
def parts(space: Workspace, only: tuple[str, ...], load: bool) -> None:
    """Plays each peer, each two peers, each scenario and each of four shards by itself, and tells the exit codes.

    Exits with 0 when each of these runs does: on an untouched tree no part is red.
    """
    from benchmarks import parts

    sys.exit(parts.main(only, space, load=load))


@bench.command()
@click.option("--only", metavar="LIE,...", callback=run_options.names, help="Only these lies.")
@with_protos
def blame(space: Workspace, only: tuple[str, ...]) -> None:
    """Plays peers that lie beside four honest ones, one run each, and tells whom the report blames.

    Exits with 0 if at least 95 % of the liars that turn three or more cells red are named alone.
    """
    from benchmarks import blame

    sys.exit(blame.main(only, space))


@bench.command()
@click.option("--only", metavar="NAME,...", callback=run_options.names, help="Only these mutants, or kinds of mutants.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N of them, drawn at random.")
@click.option("--seed", type=click.IntRange(min=0), metavar="SEED", help=_SEED)
@with_protos
def mutants(space: Workspace, only: tuple[str, ...], sample: int | None, seed: int | None) -> None:
    """Plays the Python agent with one small fault at a time, and tells which scenarios notice it.

    Exits with 0 if at least 98 % of the mutants are noticed that a partner can notice at all.
    """
    from benchmarks import mutants

    sys.exit(mutants.main(only, sample, seed, space))


@bench.command()
@click.argument("inputs", type=click.IntRange(min=1), metavar="N")
@click.option("--only", metavar="KIND,...", callback=run_options.names, help="Fuzz only these kinds of input.")
@click.option("--seed", type=click.IntRange(min=0), metavar="SEED", help=_SEED)
@with_protos
def fuzz(space: Workspace, inputs: int, only: tuple[str, ...], seed: int | None) -> None:
    """Feeds N corrupted inputs of each kind to every parser of external input."""
    from benchmarks.fuzz import main

    sys.exit(main.main(inputs, seed, only, space))


@bench.command()
@click.option("--only", metavar="NAME,...", callback=run_options.names, help="Only these, beside ZeroMQ over tcp.")
@click.option("--quick", is_flag=True, help="One short turn of each kind: enough to see that it works.")
@click.option("--json", metavar="FILE", type=click.Path(path_type=Path), help="Also write all samples to this file.")
@click.option("--plots", metavar="DIR", type=click.Path(path_type=Path), help="Also write plots (SVG) to this folder.")
@with_protos
def brokers(space: Workspace, **wish: Any) -> None:
    """Plays one job through ZeroMQ, D-Bus, RabbitMQ, Kafka, Redis streams, NATS and gRPC, and prints what each costs.

    Each is a real server in a private folder, fetched the first time, and ended with the command. A system that cannot
    be had is left out by name. Exits with 1 if one that is there could not be measured.
    """
    from benchmarks.brokers import command

    sys.exit(command.main(command.Wish(**wish), space))


@bench.command()
@click.option(
    "--cells",
    type=click.IntRange(min=1000),
    default=1_000_000,
    show_default=True,
    metavar="N",
    help="The cells of the plan; a tenth and a twentieth of them are reported.",
)
def scale(cells: int) -> None:
    """Simulates a plan of N cells between 100 peers, and reports of parts of it: seconds and memory of each step."""
    from benchmarks import scale

    sys.exit(scale.main(cells))


@bench.command()
@click.argument("runs", type=click.IntRange(min=1), metavar="N")
@click.option("--seed", type=click.IntRange(min=0), metavar="SEED", help=_SEED)
def kill(runs: int, seed: int | None) -> None:
    """Kills N runs at random moments (SIGKILL), and reports anything that the next run does not clean up."""
    from benchmarks import kills

    sys.exit(kills.main(runs, seed))
