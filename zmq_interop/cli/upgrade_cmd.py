"""`interop upgrade`: what a bot calls when it proposes another version of a library."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.system.errors import UsageError

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Says what an upgrade of a library changes, and exits with 1 if something breaks.

    Plays PEER as it is and then with LIBRARY==VERSION (or LIBRARY@VERSION), and prints only what changed, as
    `interop compare PEER --with LIBRARY==VERSION` does. Several libraries may be upgraded at once. PATTERN is as in
    `run`; only selected cells in which PEER takes part are played.

    \b
    Exit codes:
      0  nothing got worse
      1  something got worse
      2  interrupted, or one of the runs is incomplete
      3  an internal error of the harness
      4  wrong usage, such as a library that the peer cannot replace
      5  no cell is selected
      6  one of the two could not be judged, for example because it does not build
    """


@click.command(cls=Command, help=_HELP)
@click.argument("peer")
@click.argument("words", nargs=-1, metavar="LIBRARY==VERSION... [PATTERN]...")
@run_options.of_compare
@with_protos
def upgrade(space: Workspace, peer: str, words: tuple[str, ...], **options: Any) -> None:
    from zmq_interop.agents import variant
    from zmq_interop.cli import compare_play
    from zmq_interop.run.options import Options

    versions = tuple(word for word in words if variant.is_version(word))
    patterns = tuple(word for word in words if word not in versions)
    if not versions:
        raise UsageError(f"upgrade {peer}: no LIBRARY==VERSION is given", "for example: upgrade python pyzmq==27.3.0")
    sys.exit(compare_play.main(peer, versions, Options(patterns=patterns, **options), space))
