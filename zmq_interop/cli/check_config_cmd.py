"""`interop check-config`: checks the declaration of a user's programs, without starting anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.cli.user_folder import FILE
from zmq_interop.system import stdio

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace


@click.command("check-config", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), default=Path(FILE))
@with_protos
def check_config(space: Workspace, file: Path) -> None:
    """Checks the declaration of your programs (default: interop.toml), without starting them.

    Prints the dialogues, or every problem with file, line and key. Exits with 0 if there is none, else with 4.
    """
    from zmq_interop.programs import reading, scenarios
    from zmq_interop.schemas import gather, payloads

    declared = reading.read(file)
    messages = gather.gather(space.snapshots, declared.proto_dirs)
    made = scenarios.of(declared, payloads.load(messages.descriptors), messages.defects)
    lines = [f"{one.name}: {', '.join(one.transports)}; clients: {', '.join(one.roles)}" for one in made]
    stdio.show("\n".join([*lines, f"{file}: no problem found"]))
