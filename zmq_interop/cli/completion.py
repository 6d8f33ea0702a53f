"""Shell completion: `interop completion SHELL`, and what the words of a command line can be completed to.

click has the scripts and completes commands and options. Cells are those of the newest run: planning all cells for each
press of a key would take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem, get_completion_class

from zmq_interop.cli.command_base import Command
from zmq_interop.system.errors import InteropError

VARIABLE = "_INTEROP_COMPLETE"  # what a shell's script sets when it asks
_PROGRAM = "interop"
_HELP = """Prints a script that makes a shell complete commands, options, peers and cells.

    \b
    bash, in ~/.bashrc:   eval "$(interop completion bash)"
    zsh, in ~/.zshrc:     eval "$(interop completion zsh)"
    fish, in config.fish: interop completion fish | source

    In bash this works for ./interop of a checkout, too; zsh and fish need `interop` on the PATH. Cells are completed
    from the newest run.
    """


@click.command(cls=Command, help=_HELP)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    script = get_completion_class(shell)
    assert script is not None  # for each of the choices
    click.echo(script(context.find_root().command, {}, _PROGRAM, VARIABLE).source())


def peers(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """The peers of the tree, behind those that a list has already."""
    from zmq_interop.peers import manifest

    before, comma, begun = typed.rpartition(",")
    there = before.split(",")
    return [
        CompletionItem(f"{before}{comma}{name}")
        for name in manifest.discover()
        if name.startswith(begun) and name not in there
    ]


def cells(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """The cells of the newest run that begin so, each up to its next slash."""
    from zmq_interop.run import past_runs
    from zmq_interop.system import workspace

    try:
        kept = past_runs.kept(workspace.here().runs)
    except InteropError:
        return []
    ids = next(filter(None, map(past_runs.planned, kept)), [])
    return [CompletionItem(one) for one in dict.fromkeys(_next(ids, typed))]


def _next(ids: Iterable[str], typed: str) -> Iterable[str]:
    for id in ids:
        if id.startswith(typed):
            rest = re.match(r"[^/]*/?", id[len(typed) :])
            yield typed + (rest[0] if rest else "")
