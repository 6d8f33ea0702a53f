"""The command `interop schema check` as it is typed; zmq_interop/cli/schema_gate.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zmq_interop.cli.command_base import Group, protos_here


@click.group(cls=Group)
def schema() -> None:
    """Checks of your protos that need no agent."""


@schema.command()
@click.option(
    "--against",
    required=True,
    metavar="REF|DIR",
    help="The older version: a commit of the repository that holds the protos (main, HEAD~1, a tag), or a folder.",
)
@click.option(
    "--proto",
    "proto_dirs",
    multiple=True,
    type=click.Path(path_type=Path),
    callback=protos_here,
    metavar="DIR",
    help="Your protos; any number of times (default: this project's proto/).",
)
@click.option("--no-install", is_flag=True, help="Do not bring buf; say that it is missing instead.")
def check(against: str, proto_dirs: tuple[Path, ...], no_install: bool) -> None:
    """Tells what is wrong with protos and what their change breaks, and which cells show that on the wire.

    Runs `buf lint` and `buf breaking`, by the rules of a buf.yaml beside or above the protos where there is one. Exits
    with 0 where nothing is found, else with 1; 4 wrong usage, 6 buf could not do its work.
    """
    from zmq_interop.cli import schema_gate as gate

    sys.exit(gate.check(against, proto_dirs, install=not no_install))
