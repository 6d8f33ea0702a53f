"""The help of every command: whole sentences, a text for each option, within the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from zmq_interop.cli.main import cli
from zmq_interop.scenarios import FAMILIES


def commands(of: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, of
    if isinstance(of, click.Group):
        for name, one in of.commands.items():
            yield from commands(one, *path, name)


EVERY = dict(commands(cli))


def test_the_list_of_commands_has_whole_sentences() -> None:
    for path, command in EVERY.items():
        if isinstance(command, click.Group):
            text = " ".join(CliRunner().invoke(cli, [*path, "--help"], terminal_width=80).output.split())
            for one in command.commands.values():
                sentence = one.get_short_help_str()
                assert sentence.endswith((".", "...).")), f"{path}: {sentence}"
                assert sentence in text


def test_every_option_says_what_it_does() -> None:
    options = [
        (path, one) for path, command in EVERY.items() for one in command.params if isinstance(one, click.Option)
    ]
    assert [(path, one.name) for path, one in options if not (one.help or "").endswith(".")] == []


@pytest.mark.parametrize("path", [path for path, command in EVERY.items() if path[:1] not in (("test",), ("check",))])
def test_help_fits_80_columns(path: tuple[str, ...]) -> None:
    """`test` and `check` hand --help on to pytest."""
    done = CliRunner().invoke(cli, [*path, "--help"], terminal_width=80)
    assert done.exit_code == 0
    assert [line for line in done.output.splitlines() if len(line) > 80] == []


def test_the_help_of_run_names_every_family() -> None:
    text = " ".join(CliRunner().invoke(cli, ["run", "--help"]).output.split())
    said = text.partition("The families are ")[2].partition(". ")[0].replace(" and ", ", ").split(", ")
    assert said == list(FAMILIES)
