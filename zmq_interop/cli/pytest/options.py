"""The plug-in by which a user's own pytest run has cells of the interop matrix as items: `pytest --interop`.

Every pytest in an environment with the wheel loads this module, so it is small, imports nothing of the harness, and
does nothing until cells are asked for.
"""

from __future__ import annotations

import pytest

# The options that ask.
_ASKING = ("", "_run", "_peers", "_peer", "_proto", "_ledger", "_exclude", "_runtime", "_jobs", "_limit")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and the settings of pytest's own configuration file that say the same."""
    group = parser.getgroup("interop", "cells of the interop matrix")
    group.addoption(
        "--interop",
        action="store_true",
        default=None,
        help="Collect the cells of the interop matrix beside the tests; each other option of this group does so too.",
    )
    group.addoption(
        "--interop-run",
        metavar="PATTERN",
        action="append",
        help="Only these cells, as of `interop run PATTERN`; any number of times (default: all).",
    )
    parser.addini("interop", "Whether to collect the cells of the interop matrix.", type="bool", default=False)
    parser.addini("interop_run", "Patterns of cells, as --interop-run.", type="args", default=[])
    add_options(parser)


def add_options(parser: pytest.Parser) -> None:
    """What can be said of cells wherever they come from: a user's matrix, or a module of the project's own tests."""
    group = parser.getgroup("interop", "cells of the interop matrix")
    group.addoption(
        "--interop-runtime",
        metavar="WHICH",
        help="Where peers run, as of `interop run --runtime`: auto, process, container, c=container,go=process.",
    )
    group.addoption("--interop-peers", metavar="A,B,...", help="Only these peers (default: all).")
    group.addoption(
        "--interop-peer",
        metavar="PEER",
        action="append",
        help="A peer outside the tree too, as of `interop run --peer`; any number of times.",
    )
    group.addoption(
        "--interop-proto",
        metavar="DIR",
        action="append",
        help="Your own messages too, as of `interop run --proto`; any number of times.",
    )
    group.addoption(
        "--interop-ledger", metavar="FILE", help="The failures that are known, as of `interop run --ledger`."
    )
    group.addoption(
        "--interop-exclude",
        metavar="PATTERN",
        action="append",
        help="Leave these cells out, as of `interop run --exclude`; any number of times.",
    )
    group.addoption(
        "--interop-jobs", metavar="N", type=int, help="Cells in flight at once, as of `interop run --jobs`."
    )
    group.addoption(
        "--interop-limit",
        metavar="SECONDS",
        type=float,
        help="How long an operation waits for a message, as of `interop run --limit`.",
    )
    parser.addini("interop_runtime", "As --interop-runtime.", default="")
    parser.addini("interop_peers", "As --interop-peers.", default="")
    parser.addini(
        "interop_peer", "Peers, as --interop-peer, one a line, relative to this file.", type="linelist", default=[]
    )
    parser.addini("interop_proto", "Folders, as --interop-proto, relative to this file.", type="paths", default=[])
    parser.addini("interop_exclude", "Patterns of cells, as --interop-exclude.", type="args", default=[])
    parser.addini("interop_ledger", "A file, as --interop-ledger, relative to this file.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Plans the cells where they are asked for. Raises pytest.UsageError where they cannot be had."""
    if not (config.getini("interop") or any(config.getoption(f"interop{name}") is not None for name in _ASKING)):
        return
    from zmq_interop.cli.pytest import plugin

    plugin.begin(config, matrix=True)
