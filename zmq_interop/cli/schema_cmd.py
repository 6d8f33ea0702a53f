"""The options of `interop schema check`; zmq_interop/cli/schema_gate.py does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Group, in_workspace
from zmq_interop.cli.run_options import protos_here

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace


@click.group(cls=Group)
def schema() -> None:
    """Checks your protos without starting an agent."""


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
    help="The folder with your protos (default: this project's proto/). May be repeated.",
)
@click.option("--no-install", is_flag=True, help="Do not install buf; report that it is missing.")
@in_workspace
def check(space: Workspace, against: str, proto_dirs: tuple[Path, ...], no_install: bool) -> None:
    """Lints protos, finds breaking changes, and lists the cells that show their effect on the wire.

    Runs `buf lint` and `buf breaking`, with the rules of a buf.yaml beside or above the protos if there is one. Exits
    with 0 if nothing is found, else with 1; 4 wrong usage, 6 buf failed to run.
    """
    from zmq_interop.cli import schema_gate

    sys.exit(schema_gate.check(against, proto_dirs, space, install=not no_install))
