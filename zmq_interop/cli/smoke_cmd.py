"""The command `interop smoke` as it is typed; zmq_interop/cli/smoke_play.py does the work."""

from __future__ import annotations

import sys

import click

from zmq_interop.cli.command_base import Command
from zmq_interop.system.errors import UsageError

_HELP = """Plays the peer contract against one agent, without any other peer.

    PEER is a peer's name, the folder with its peer.toml, which is built first, or image:IMAGE, each as `run --peer`
    takes it; or a whole COMMAND that is an agent.
    Each check names its place in docs/peer-contract.md; the first that fails is told first, with the bytes that were
    said, what the contract asks, and what to do. Then come the operations done and to do, and what each unlocks.

    \b
    Exit codes:
      0  the agent keeps all of the contract that it claims
      1  a check failed
      2  interrupted
      4  wrong usage
      6  it could not be built or started
    """


class _WithCommand(Command):
    """Keeps what stands behind `--` for itself: click would take it for the name of a peer."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """(click)"""
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@click.command(cls=_WithCommand, help=_HELP, options_metavar="[OPTIONS]")
@click.argument("peer", required=False, metavar="PEER | -- COMMAND...")
@click.option(
    "--runtime",
    type=click.Choice(["process", "container"]),
    help="Where the agent runs (default: a process, but for an image).",
)
@click.option("--no-install", is_flag=True, help="Never install what a build needs; say what is missing instead.")
@click.pass_obj
def smoke(command: tuple[str, ...], peer: str | None, runtime: str | None, no_install: bool) -> None:
    if bool(peer) == bool(command):
        raise UsageError(
            "smoke wants one agent: a peer or a command", "smoke NAME, smoke PATH, or smoke -- COMMAND ARGUMENT..."
        )
    from zmq_interop.cli import smoke_play as face

    sys.exit(face.main(peer or "", command, runtime or "", install=not no_install))
