"""The options of `interop run` and `interop compare`, made of zmq_interop/run/option_table.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zmq_interop.cli import completion, user_folder
from zmq_interop.run.option_table import BY_NAME, TABLE, RunOption
from zmq_interop.system import comma_list

Callback = Callable[[click.Context, click.Parameter, Any], Any]


def names(_: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The callback of options that take a list "A,B,...": returns its parts, () without the option."""
    return () if value is None else comma_list.parse(value, option.opts[0])


def protos_here(_: click.Context, __: click.Parameter, folders: tuple[str | Path, ...]) -> tuple[Path, ...]:
    """The callback of `--proto`: without the option, uses the protos of the current folder."""
    if folders:
        return tuple(map(Path, folders))
    if found := user_folder.protos(Path()):
        click.echo("interop: using your protos in ./proto; --proto DIR selects others instead", err=True)
    return found


def config_here(_: click.Context, __: click.Parameter, file: str | Path | None) -> Path | None:
    """The callback of `--config`: without the option, uses interop.toml of the current folder."""
    if file is not None:
        return Path(file)
    found = user_folder.config(Path())
    if found is not None:
        click.echo(f"interop: using your programs in ./{found}; --config FILE selects another file", err=True)
    return found


def _outside(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> Any:
    from zmq_interop.agents import outside

    return tuple(map(outside.parse, values))


def _paths(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(map(Path, values))


def _roles(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for value in values:
        role, equals, peer = value.partition("=")
        if not equals or not role or not peer:
            raise click.BadParameter(f"{value!r} is not ROLE=PEER, e.g. pusher=c")
        roles[role] = peer
    return roles


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    from zmq_interop.core import shard

    return None if value is None else shard.parse(value, os.environ)


# What the words of an option can be completed to.
_COMPLETE = {"peers": completion.peers, "require_peers": completion.peers}

# What turns the text that was typed into a field of Options.
_CALLBACKS: dict[str, Callback] = {
    "peers": names,
    "outside": _outside,
    "proto_dirs": protos_here,
    "config": config_here,
    "ledgers": _paths,
    "require_peers": names,
    "roles": _roles,
    "shard": _shard,
}


def _made(option: RunOption) -> Callable[..., Any]:
    """The option, for a command of click."""
    words = [f"--{option.name}", *([f"-{option.short}"] if option.short else []), option.field]
    if option.type is bool:
        return click.option(
            *words, is_flag=True, flag_value=not option.default, default=option.default, help=option.help
        )
    callback = _CALLBACKS.get(option.field)
    return click.option(
        *words,
        type=click.Choice(option.choices) if option.choices else option.type,
        multiple=option.many,
        callback=callback,
        metavar=option.metavar or None,
        help=option.help,
        shell_complete=_COMPLETE.get(option.field),
        **({} if callback or option.many else {"default": option.default, "show_default": True}),
    )


def of(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds those of these names to a command that plays nothing, each passed as the field of Options that it fills."""
    return lambda command: _added(command, [BY_NAME[name] for name in names])


def of_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds all of them to a command; each is passed as the field of Options that it fills."""
    return _added(command, TABLE)


def of_compare(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds those that `interop compare` takes, in the same way."""
    return _added(command, [option for option in TABLE if option.compare])


def _added(command: Callable[..., Any], options: Any) -> Callable[..., Any]:
    for option in reversed(options):
        command = _made(option)(command)
    return command
