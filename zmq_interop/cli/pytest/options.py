"""The plug-in that adds the cells of the interop matrix to a user's own pytest run: `pytest --interop`.

Every pytest in an environment with the wheel loads this module, so it is small, imports nothing slow, and does
nothing until a session selects cells.
"""

from __future__ import annotations

import pytest

from zmq_interop.run.option_table import TABLE, RunOption

OPTIONS = [option for option in TABLE if option.pytest]
# The options that turn the plug-in on.
_ASKING = ("interop", "interop_run", *(f"interop_{option.word}" for option in OPTIONS))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options, and the equivalent settings of pytest's configuration file."""
    group = parser.getgroup("interop", "cells of the interop matrix")
    group.addoption(
        "--interop",
        action="store_true",
        default=None,
        help="Collect the cells of the interop matrix with the tests. Every other option of this group implies it.",
    )
    group.addoption(
        "--interop-run",
        metavar="PATTERN",
        action="append",
        help="Collect only these cells, as in `interop run PATTERN` (default: all). May be repeated.",
    )
    parser.addini("interop", "Collect the cells of the interop matrix.", type="bool", default=False)
    parser.addini("interop_run", "Patterns of cells, as for --interop-run.", type="args", default=[])
    add_options(parser)


def add_options(parser: pytest.Parser) -> None:
    """Adds the options that apply to all cells: those of a user's matrix, and those of this project's own tests."""
    group = parser.getgroup("interop", "cells of the interop matrix")
    for option in OPTIONS:
        said = f"As `interop run --{option.name}`: {option.help}"
        name = f"--interop-{option.name}"
        if option.type is bool:
            group.addoption(name, action="store_true", default=None, help=said)
        else:
            action = "append" if option.many else "store"
            group.addoption(name, metavar=option.metavar, type=option.type, action=action, help=said)
        if option.setting:
            _add_setting(parser, option)


def _add_setting(parser: pytest.Parser, option: RunOption) -> None:
    name, like = f"interop_{option.word}", f"Like --interop-{option.name}"
    match option.field:
        case "outside" | "ledgers":
            parser.addini(name, f"{like}, one per line, relative to this file.", "linelist", [])
        case "proto_dirs":
            parser.addini(name, f"{like}, relative to this file.", "paths", [])
        case _ if option.type is bool:
            parser.addini(name, f"{like}.", "bool", default=False)
        case _ if option.many:
            parser.addini(name, f"{like}.", "args", [])
        case _:
            parser.addini(name, f"{like}.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Plans the cells if the session selects any. Raises pytest.UsageError if that fails."""
    if not (config.getini("interop") or any(config.getoption(name) is not None for name in _ASKING)):
        return
    from zmq_interop.cli.pytest import plugin

    plugin.begin(config, matrix=True)
