"""The options that `interop run` and other commands share; each fills a field of `Options`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zmq_interop.cli.command_base import outside_option, protos_here
from zmq_interop.system import comma_list


def names(_: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The callback of options that take a list "A,B,...": returns its parts, () without the option."""
    return () if value is None else comma_list.parse(value, option.opts[0])


def _unless(_: click.Context, __: click.Parameter, value: bool) -> bool:
    return not value


proto_option = click.option(
    "--proto",
    "proto_dirs",
    multiple=True,
    type=click.Path(path_type=Path),
    callback=protos_here,
    metavar="DIR",
    help="Also test your own messages: the .proto files below DIR, with samples beside them (docs/own-schemas.md). "
    "May be repeated.",
)
_ledgers_option = click.option(
    "--ledger",
    "ledgers",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ledger of your own, in addition to known-failures.toml in checkout or folder (docs/ledger.md). "
    "May be repeated; where entries of several files cover a cell, the last file counts.",
)
_default_ledger_option = click.option(
    "--no-default-ledger",
    "default_ledger",
    is_flag=True,
    callback=_unless,
    help="Use only the ledgers that --ledger names.",
)


def ledgers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that name ledgers."""
    return _ledgers_option(_default_ledger_option(command))


_OPTIONS = (
    click.option(
        "--peers", metavar="A,B,...", callback=names, help="Play only these peers (default: all below peers/)."
    ),
    outside_option,
    proto_option,
    ledgers,
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Exclude these cells; PATTERN is as above. They are counted separately from the account. May be repeated.",
    ),
    click.option(
        "--runtime",
        default="auto",
        show_default=True,
        metavar="WHICH",
        help="Where agents run: auto (containers if a Docker engine answers, else processes), process, container, or "
        "per peer: c=container,go=process.",
    ),
    click.option(
        "--jobs", default=16, show_default=True, metavar="N", help="Maximum number of cells in flight at once."
    ),
    click.option(
        "--limit",
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long an operation waits for a message before the message counts as lost.",
    ),
    click.option(
        "--all",
        "every",
        is_flag=True,
        help="Play every possible cell; without it, secondary axes are covered pairwise (docs/scenarios.md).",
    ),
    click.option("--no-install", is_flag=True, help="Do not install build requirements; report the missing ones."),
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds all of them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
