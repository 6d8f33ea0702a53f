"""`interop init`: writes a first declaration of a user's program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.cli.user_folder import FILE
from zmq_interop.system import home, stdio
from zmq_interop.system.errors import UsageError

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace


@click.command("init", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), default=Path(FILE))
@click.option("--name", default="service", show_default=True, metavar="NAME", help="What the program is called.")
@click.option("--run", "command", default="", metavar="COMMAND", help="How it starts, e.g. './collector {in} {out}'.")
@click.option(
    "--socket",
    "sockets",
    multiple=True,
    metavar="NAME=TYPE[:connect]",
    help="A socket of the program, e.g. in=PULL or out=PUSH:connect. May be repeated (default: in=REP).",
)
@click.option(
    "--proto",
    "protos",
    multiple=True,
    metavar="DIR",
    help="A folder with your .proto files, relative to FILE (default: proto, if there is one). May be repeated.",
)
@with_protos
def init(
    space: Workspace, file: Path, name: str, command: str, sockets: tuple[str, ...], protos: tuple[str, ...]
) -> None:
    """Writes a commented interop.toml for a program of yours, to be edited; never overwrites a file.

    Its dialogue uses the first message type of your protos. `interop check-config` checks it.
    """
    from zmq_interop.programs import starter
    from zmq_interop.schemas import gather, payloads

    folders = protos or (("proto",) if any((file.parent / "proto").rglob("*.proto")) else ())
    types = None
    if folders:
        messages = gather.gather(space.snapshots, [file.parent / one for one in folders])
        types = payloads.load(messages.descriptors)
    text = starter.text(name, command, [starter.socket(one) for one in sockets or ("in=REP",)], folders, types)
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise UsageError(f"{file} exists: nothing is written", "edit it, or name another file") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}", "name a file that can be written") from None
    stdio.show(f"wrote {file}\n  next     edit it, then {home.COMMAND} check-config {file}")
    stdio.show(f"  play it  {home.COMMAND} run --config {file}")
