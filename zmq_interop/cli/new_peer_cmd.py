"""`interop new-peer`: creates the folder of a new peer, and prints the next commands."""

from __future__ import annotations

from pathlib import Path

import click

from zmq_interop.cli.command_base import Command
from zmq_interop.system import home, near


class _Language(click.Option):
    """An option whose help names the languages that have a template; they are read when somebody asks for it."""

    @property
    def help(self) -> str:
        """What the option takes."""
        from zmq_interop.peers import scaffold as making

        *most, last = making.known()
        names = f"{', '.join(most)} and {last}"
        return f"{names} get a skeleton that builds and sends its Hello; any other language gets an outline."

    @help.setter
    def help(self, text: str | None) -> None:
        """Ignores what click sets."""


@click.command("new-peer", cls=Command)
@click.argument("name")
@click.option(
    "--language",
    required=True,
    cls=_Language,
    metavar="LANG",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to create (default: peers/NAME in a checkout, else ./NAME).",
)
def new_peer(name: str, language: str, into: Path | None) -> None:
    """Creates the folder of a new peer: manifest, Dockerfile, a skeleton agent, a README with the next step.

    NAME has 1 to 32 lower-case letters, digits and dashes. Existing files are never overwritten.
    """
    from zmq_interop.peers import scaffold
    from zmq_interop.system.paths import PEERS

    folder = scaffold.make(name, language, into)
    in_tree = folder.parent == PEERS
    click.echo(f"created {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    if scaffold.template_of(language) == scaffold.BARE:
        known = ", ".join(scaffold.known())
        meant = near.hint(language, scaffold.known())
        click.echo(f"no template for {language}, only for {known}: write the agent and its build yourself")
        if meant:
            click.echo(f"{meant} then delete the folder, and create it anew with that --language")
    click.echo(f"  next     {folder / 'README.md'}")
    click.echo(f"  try it   {home.COMMAND} smoke {name if in_tree else folder}")
    click.echo(f"  guide    {home.ROOT / 'peers/README.md'}")
