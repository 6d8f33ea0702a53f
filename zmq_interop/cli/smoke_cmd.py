"""The options of `interop smoke`; zmq_interop/cli/smoke_play.py does the work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.core.features import RUNTIMES
from zmq_interop.system.errors import UsageError

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Checks one agent against the peer contract, without any other peer.

    PEER is a peer's name, the folder with its peer.toml (built first), or image:IMAGE, as for `run --peer`. Or give
    the COMMAND that starts an agent.
    Each check names its section of docs/peer-contract.md. The first failure comes first, with the bytes that were
    exchanged, what the contract requires, and what to do. Then come the operations done and to do, and the scenarios
    that each would unlock.

    \b
    Exit codes:
      0  the agent meets every part of the contract that it claims
      1  a check failed
      2  interrupted
      3  an internal error of the harness
      4  wrong usage
      6  the agent could not be built or started
    """


class _WithCommand(Command):
    """Takes everything after `--` out of the arguments: click would read it as the name of a peer."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """(click)"""
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@click.command(cls=_WithCommand, help=_HELP, options_metavar="[OPTIONS]")
@click.argument("peer", required=False, metavar="PEER | -- COMMAND...")
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    help="Where the agent runs (default: process; an image needs container).",
)
@click.option("--no-install", is_flag=True, help="Do not install build requirements; report the missing ones.")
@click.pass_obj
@with_protos
def smoke(command: tuple[str, ...], space: Workspace, peer: str | None, runtime: str | None, no_install: bool) -> None:
    if bool(peer) == bool(command):
        raise UsageError(
            "smoke needs exactly one agent: a peer or a command",
            "smoke NAME, smoke PATH, or smoke -- COMMAND ARGUMENT...",
        )
    from zmq_interop.cli import smoke_play

    sys.exit(smoke_play.main(peer or "", command, runtime or "", space, install=not no_install))
