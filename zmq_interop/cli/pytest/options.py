"""The plug-in that adds the cells of the interop matrix to a user's own pytest run: `pytest --interop`.

Every pytest in an environment with the wheel loads this module, so it is small, imports nothing of the harness, and
does nothing until a session selects cells.
"""

from __future__ import annotations

import pytest

# The options that turn the plug-in on.
_ASKING = (
    *("", "_run", "_peers", "_peer", "_proto", "_exclude", "_runtime", "_jobs", "_limit"),
    *("_ledger", "_no_default_ledger"),
)


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
    group.addoption(
        "--interop-runtime",
        metavar="WHICH",
        help="Where agents run, as in `interop run --runtime`: auto, process, container, c=container,go=process.",
    )
    group.addoption("--interop-peers", metavar="A,B,...", help="Play only these peers (default: all).")
    group.addoption(
        "--interop-peer",
        metavar="PEER",
        action="append",
        help="Add a peer from outside this project, as in `interop run --peer`. May be repeated.",
    )
    group.addoption(
        "--interop-proto",
        metavar="DIR",
        action="append",
        help="Also test your own messages, as in `interop run --proto`. May be repeated.",
    )
    group.addoption(
        "--interop-ledger",
        metavar="FILE",
        action="append",
        help="A ledger of your own, as in `interop run --ledger`. May be repeated.",
    )
    group.addoption(
        "--interop-no-default-ledger",
        action="store_true",
        default=None,
        help="Use only the ledgers that --interop-ledger names.",
    )
    group.addoption(
        "--interop-exclude",
        metavar="PATTERN",
        action="append",
        help="Exclude these cells, as in `interop run --exclude`. May be repeated.",
    )
    group.addoption(
        "--interop-jobs",
        metavar="N",
        type=int,
        help="Maximum number of cells in flight at once, as in `interop run --jobs`.",
    )
    group.addoption(
        "--interop-limit",
        metavar="SECONDS",
        type=float,
        help="How long an operation waits for a message, as in `interop run --limit`.",
    )
    parser.addini("interop_runtime", "Like --interop-runtime.", default="")
    parser.addini("interop_peers", "Like --interop-peers.", default="")
    parser.addini(
        "interop_peer",
        "Peers, as for --interop-peer, one per line, relative to this file.",
        type="linelist",
        default=[],
    )
    parser.addini("interop_proto", "Folders, as for --interop-proto, relative to this file.", type="paths", default=[])
    parser.addini("interop_exclude", "Patterns of cells, as for --interop-exclude.", type="args", default=[])
    parser.addini(
        "interop_ledger",
        "Files, as for --interop-ledger, one per line, relative to this file.",
        type="linelist",
        default=[],
    )
    parser.addini("interop_no_default_ledger", "Like --interop-no-default-ledger.", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Plans the cells if the session selects any. Raises pytest.UsageError if that fails."""
    if not (config.getini("interop") or any(config.getoption(f"interop{name}") is not None for name in _ASKING)):
        return
    from zmq_interop.cli.pytest import plugin

    plugin.begin(config, matrix=True)
