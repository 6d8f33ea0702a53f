"""Base classes of commands and groups, and the options that several commands share."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zmq_interop.system import home

if TYPE_CHECKING:
    from zmq_interop.system.workspace import Workspace

_T = TypeVar("_T")


def in_workspace(command: Callable[..., _T]) -> Callable[..., _T]:
    """Gives a command its workspace, as the argument `space`: that of `main`, else what --work-dir and the environment
    ask for."""

    @functools.wraps(command)
    def begun(*arguments: Any, **options: Any) -> _T:
        from zmq_interop.system import workspace  # --help needs none

        given = click.get_current_context().find_object(workspace.Workspace)
        return command(*arguments, space=given or workspace.here(), **options)

    return begun


def with_protos(command: Callable[..., _T]) -> Callable[..., _T]:
    """The same for a command that reads scenarios or speaks to agents: their modules import the compiled protos, so it
    imports them after this."""

    @in_workspace
    @functools.wraps(command)
    def begun(*arguments: Any, space: Workspace, **options: Any) -> _T:
        from zmq_interop.schemas import project

        project.generate(space)
        return command(*arguments, space=space, **options)

    return begun


def _use_work_dir(_: click.Context, __: click.Parameter, folder: Path | None) -> None:
    # Set in the environment, which `in_workspace` reads: child processes must see it too.
    if folder is not None:
        os.environ[home.VARIABLE] = str(folder.absolute())


# What people look for among the options, and a pattern does.
_INSTEAD = {
    "transport": "a pattern selects a transport: '*/ipc/*', push_pull/ipc",
    "scenario": "name scenarios without an option: push_pull req_rep; family:NAME stands for those of a family",
    "family": "write family:NAME without dashes, such as family:pending",
    "families": "write family:NAME without dashes, such as family:pending",
    "cell": "give the cell's id, or the start of it, without an option",
    "binder": "a pattern selects who binds: '*/tcp/sender-binds/*'",
}


def _unknown(error: click.NoSuchOption) -> click.UsageError:
    """The error with a hint what to write instead of the option, if that is known."""
    name = error.option_name.lstrip("-").partition("=")[0]
    hint = _INSTEAD.get(name) or _INSTEAD.get(name.removesuffix("s"))
    return click.UsageError(f"there is no option {error.option_name}\n  {hint}", error.ctx) if hint else error


LONGEST_SENTENCE = 200  # characters; click cuts at 45 and more, in the middle of a sentence


class Command(click.Command):
    """A command with the option --work-dir, which it handles before the command runs."""

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 (the signature is click's)
        """The first sentence of its help, whole."""
        return super().get_short_help_str(LONGEST_SENTENCE)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; an unknown option may say what to write instead."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise _unknown(error) from None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.append(
            click.Option(
                ["--work-dir"],
                type=click.Path(path_type=Path, file_okay=False),
                metavar="DIR",
                callback=_use_work_dir,
                is_eager=True,
                expose_value=False,
                help="Where builds, logs and all other generated files go (default: .interop and the peers' folders in "
                f"a checkout, else the user's cache folder; {home.VARIABLE} sets it too).",
            )
        )


class Group(click.Group):
    """A group that lists its commands in the order of declaration: the most used come first."""

    command_class = Command

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 (the signature is click's)
        """The first sentence of its help, whole."""
        return super().get_short_help_str(LONGEST_SENTENCE)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the signature is click's)
        """Their names."""
        return list(self.commands)
