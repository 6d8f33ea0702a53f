"""`interop record`: writes down what two running programs say to each other, as a declaration."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zmq_interop.cli.command_base import Command, with_protos
from zmq_interop.system import home, stdio
from zmq_interop.system.errors import UsageError
from zmq_interop.system.text import counted

if TYPE_CHECKING:
    from zmq_interop.programs.overheard import Heard, Link
    from zmq_interop.schemas.payloads import Types
    from zmq_interop.system.workspace import Workspace

_STEP = 1.0  # seconds between two looks at what was heard


@click.command("record", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), default=Path("recorded.toml"))
@click.option(
    "--listen",
    "listens",
    multiple=True,
    required=True,
    metavar="[NAME=]ENDPOINT",
    help="Where the connecting program connects instead. With a name for the socket. May be repeated.",
)
@click.option(
    "--forward",
    "forwards",
    multiple=True,
    required=True,
    metavar="ENDPOINT",
    help="Where the other program has bound; one for each --listen, in the same order.",
)
@click.option("--name", default="service", show_default=True, metavar="NAME", help="What the program is called.")
@click.option(
    "--of",
    type=click.Choice(["binding", "connecting"]),
    default="binding",
    show_default=True,
    help="Which of the two programs is declared; peers will play the other.",
)
@click.option(
    "--proto", "protos", multiple=True, metavar="DIR", help="A folder with your .proto files. May be repeated."
)
@click.option("--run", "command", default="", metavar="COMMAND", help="How it starts, e.g. './collector {in} {out}'.")
@click.option(
    "--type", "wanted", multiple=True, metavar="NAME", help="A message may only have this type. May be repeated."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Stop after N seconds, not by Ctrl-C."
)
@with_protos
def record(
    space: Workspace,
    file: Path,
    listens: tuple[str, ...],
    forwards: tuple[str, ...],
    name: str,
    of: str,
    protos: tuple[str, ...],
    command: str,
    wanted: tuple[str, ...],
    seconds: float | None,
) -> None:
    """Sits between two running programs and writes FILE, an interop.toml with all that they say as one dialogue.

    Start the program that binds, then this command, then the program that connects, with the endpoint of --listen
    instead of its own. Ctrl-C ends the recording. Payloads are decoded as the types of your protos that fit. Never
    overwrites a file.
    """
    from zmq_interop.programs import transcribing
    from zmq_interop.schemas import gather, payloads

    if len(listens) != len(forwards):
        raise UsageError(
            f"{counted(len(listens), '--listen')} and {counted(len(forwards), '--forward')}",
            "give one --forward for each --listen, in the same order",
        )
    if file.exists():
        raise UsageError(f"{file} exists: nothing is recorded", "name another file")
    links = [_link(listen, forward) for listen, forward in zip(listens, forwards, strict=True)]
    types: dict[str, Types] = {}
    if protos:
        messages = gather.gather(space.snapshots, [Path(one) for one in protos])
        types = _candidates(payloads.load(messages.descriptors), wanted)
    heard, left_out = asyncio.run(_listen(links, seconds))
    relative = tuple(_seen_from(file.parent, Path(one)) for one in protos)
    program = transcribing.Program(name, transcribing.SIDES[of], command, relative)
    found = transcribing.recorded(heard, links, program, types)
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(found.text)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}", "name a file that can be written") from None
    stdio.show(f"wrote {file}: {counted(found.messages, 'step')}")
    for note in found.notes:
        stdio.show(f"  note     {note}")
    if left_out:
        stdio.show(f"  note     {counted(left_out, 'more message')} came, and were passed on but not kept")
    stdio.show(f"  next     edit `run`, then {home.COMMAND} check-config {file}")
    stdio.show(f"  play it  {home.COMMAND} run --config {file}")


async def _listen(links: list[Link], seconds: float | None) -> tuple[list[Heard], int]:
    """Everything that is said until the time is over or the user interrupts, and how much was not kept."""
    from zmq_interop.programs.overheard import Recording

    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, over.set)
    if seconds is not None:
        loop.call_later(seconds, over.set)
    try:
        recording = Recording(links)
        recording.open()
    except OSError as error:
        raise UsageError(f"cannot listen: {error.strerror or error}", "give --listen a free endpoint") from None
    for relay, link in zip(recording.relays, links, strict=True):
        stdio.show(f"listening at {relay.endpoint}, forwarding to {link.forward}; Ctrl-C ends the recording")
    told = 0
    try:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _STEP)
            recording.open()  # where a connection found nobody: the program that binds may have come since
            if recording.messages != told:
                told = recording.messages
                stdio.show(f"{counted(told, 'message')} so far", sys.stderr)
    finally:
        await recording.close()
    return recording.heard(), recording.left_out


def _candidates(types: Types, wanted: Sequence[str]) -> dict[str, Types]:
    """The types that a message may have: those of the user's protos, without the project's own. Raises UsageError."""
    from zmq_interop.system import near

    users = {name: types for name, file in types.files.items() if not file.startswith("interop/")}
    for name in wanted:
        if name not in users:
            raise UsageError(
                f"--type {name}: the protos have no such type", near.hint(name, users, "give its full name")
            )
    return dict.fromkeys(wanted, types) or users


def _link(listen: str, forward: str) -> Link:
    from zmq_interop.programs.declaration import NAME, NAME_HINT
    from zmq_interop.programs.overheard import Link

    name, equals, endpoint = listen.partition("=")
    if not equals:
        return Link(listen=listen, forward=forward)
    if not NAME.fullmatch(name):
        raise UsageError(f"--listen {listen}: {name!r} is no name of a socket", NAME_HINT)
    return Link(name=name, listen=endpoint, forward=forward)


def _seen_from(folder: Path, path: Path) -> str:
    """The folder as the written file names it: relative to the file's own."""
    return os.path.relpath(str(path), str(folder))
