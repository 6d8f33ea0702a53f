"""The options of `interop compare`; zmq_interop/cli/compare_play.py does the work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.system.errors import UsageError

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Compares a peer with a variant of it, and reports what got better and what got worse.

    Both play the same cells against the same other peers, and the ledger applies to both. PEER is a peer's name, or
    anything that `run --peer` takes. PATTERN is as in `run`; only selected cells in which PEER takes part are played.

    \b
    --with is one of these; the first two may be repeated:
      LIBRARY==VERSION     another version of a library: pyomq==0.20.3,
                           github.com/go-zeromq/zmq4==0.16.0
      LIBRARY=CHECKOUT     a library's source folder; CHECKOUT alone if only one
                           library is possible
      FOLDER, image:IMAGE  another peer with the same name: the folder with its
                           peer.toml, or a container image

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
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option(
    "--with",
    "others",
    multiple=True,
    metavar="WHAT",
    help="The variant to compare with the unchanged peer; see above.",
)
@run_options.of_compare
@with_protos
def compare(space: Workspace, peer: str, others: tuple[str, ...], **options: Any) -> None:
    if not others:
        raise UsageError(
            f"compare {peer}: --with is missing",
            "give --with LIBRARY==VERSION, LIBRARY=CHECKOUT, FOLDER or image:IMAGE",
        )
    from zmq_interop.cli import compare_play
    from zmq_interop.run.options import Options

    sys.exit(compare_play.main(peer, others, Options(**options), space))
