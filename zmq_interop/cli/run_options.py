"""The options that `interop run` and `interop compare` have alike; each fills a field of `run.Options`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zmq_interop.cli.command_base import outside_option, protos_here


def names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The parts of "A,B,...": the callback of options that take such a list."""
    return tuple(name for name in (value or "").split(",") if name)


_OPTIONS = (
    click.option("--peers", metavar="A,B,...", callback=names, help="Only these peers (default: all below peers/)."),
    outside_option,
    click.option(
        "--proto",
        "proto_dirs",
        multiple=True,
        type=click.Path(path_type=Path),
        callback=protos_here,
        metavar="DIR",
        help="Your own messages too: .proto files below DIR, with samples beside them; any number of times "
        "(docs/own-schemas.md).",
    ),
    click.option(
        "--ledger",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The failures that are known (default: known-failures.toml of checkout or folder; docs/ledger.md).",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Leave these cells out; any number of times. They are counted beside the account.",
    ),
    click.option(
        "--runtime",
        default="auto",
        show_default=True,
        metavar="WHICH",
        help="auto (containers where a Docker engine answers, else processes), process, container, or for each peer: "
        "c=container,go=process.",
    ),
    click.option("--jobs", default=16, show_default=True, metavar="N", help="Cells in flight at once."),
    click.option(
        "--limit",
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long an operation waits for a message before it counts as lost.",
    ),
    click.option(
        "--all",
        "every",
        is_flag=True,
        help="Every cell there is; else secondary axes are covered pairwise (docs/scenarios.md).",
    ),
    click.option("--no-install", is_flag=True, help="Never install what a build needs; say what is missing instead."),
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command all of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
