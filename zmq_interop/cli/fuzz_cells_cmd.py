"""The options of `interop fuzz-cells`; zmq_interop/cli/fuzz_cells_play.py does the work."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zmq_interop.cli import run_options
from zmq_interop.cli.command_base import Command, with_protos

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_HELP = """Plays generated messages, and shrinks each that fails to the smallest one that does.

    Messages of every type of --proto DIR (without it, of the project's own types) are generated in every encoding that
    Protocol Buffers allow, and played by own_schemas between all pairs of peers. Each failure is shrunk and kept as a
    sample file, which later runs play. What fails as a kept message does, or is in the ledger, is counted, not
    reported.

    \b
    Exit codes:
      0  no message failed in a new way
      1  a message was found
      2  interrupted; what was found until then is kept
      3  an internal error of the harness
      4  wrong usage, or hypothesis is not installed
      5  there is no message type to play
      6  something could not be judged (broken), such as a peer that does not
         build; nothing was found
    """


@click.command("fuzz-cells", cls=Command, help=_HELP)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=5.0, show_default=True, help="How long.")
@click.option("--examples", type=click.IntRange(1), metavar="N", help="End after N messages, if that is sooner.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Repeat the messages of another search (default: chosen anew)."
)
@click.option(
    "--scenario",
    type=click.Choice(["own_schemas"]),
    default="own_schemas",
    show_default=True,
    help="What plays the messages.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where found messages are kept (default: the folder regressions in that of --proto, so that later runs play "
    "them; without --proto, proto/interop/regressions of the checkout, or ./regressions).",
)
@run_options.of(
    "peers", "peer", "proto", "ledger", "no-default-ledger", "runtime", "control", "jobs", "limit", "no-install"
)
@with_protos
def fuzz_cells(space: Workspace, scenario: str, **options: Any) -> None:  # noqa: ARG001 (there is one scenario)
    from zmq_interop.run.options import Options
    from zmq_interop.system.errors import UsageError

    if importlib.util.find_spec("hypothesis") is None:
        raise UsageError(
            "this needs hypothesis, which generates messages", "pip install hypothesis, or zmq-interop[fuzz]"
        )
    from zmq_interop.cli import fuzz_cells_play
    from zmq_interop.cli.fuzz_cells_play import Wish

    own = {name: options.pop(name) for name in ("minutes", "examples", "seed", "keep")}
    sys.exit(fuzz_cells_play.main(Wish(**own), Options(**options), space))
