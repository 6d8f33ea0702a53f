"""docs/command-line.md: the help of every command, as `interop COMMAND --help` prints it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from zmq_interop.cli import main
from zmq_interop.system.paths import ROOT

_WIDTH = 100
_HEAD = """# Commands

What `./interop COMMAND --help` prints, for every command. An installed package has the same commands without `./`.
`tools/command-line` writes this page.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for name, context in _commands(main.cli, "./interop", None):
        text = context.get_help().replace(str(ROOT), "CHECKOUT")
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _commands(command: click.Command, name: str, above: click.Context | None) -> Iterator[tuple[str, click.Context]]:
    context = command.make_context(name, [], above, resilient_parsing=True, terminal_width=_WIDTH)
    yield context.command_path.removeprefix("./"), context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _commands(found, inner, context)


if __name__ == "__main__":
    print(page(), end="")
