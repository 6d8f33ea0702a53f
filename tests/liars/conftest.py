"""The liars' run, once a session, and its score at the end."""

from __future__ import annotations

import textwrap

import pytest

from tests.liars.caught_by import CAUGHT
from tests.liars.play import Results, all_lies, play
from zmq_interop import scenarios

RESULTS = pytest.StashKey[Results]()


@pytest.fixture(scope="session")
def lies(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The names of all lies that the program knows."""
    return all_lies(tmp_path_factory.mktemp("lies"))


@pytest.fixture(scope="session")
def played(lies: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Results:
    """The verdicts on all cells of the table and on the honest ones."""
    results = pytestconfig.stash[RESULTS] = play(lies, tmp_path_factory.mktemp("liars"))
    return results


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Scenarios x lies: how many of the cells that met the lie were to find it out, and did."""
    results = terminalreporter.config.stash.get(RESULTS, None)
    if results is None or results.ended is None:
        return
    terminalreporter.section("lies: cells that found them out, of those that met them")
    told: set[str] = set()
    found: set[str] = set()
    good = 0
    known = scenarios.load()
    width = max(len(scenario.name) for scenario in known)
    for scenario in known:
        scores: dict[str, list[int]] = {}
        for one in CAUGHT.get(scenario.name, ()):
            score = scores.setdefault(one.lie, [0, 0])
            for index, count in enumerate(results.score(scenario, one)):
                score[index] += count
        caught = {lie for lie, (count, _) in scores.items() if count}
        told.update(scores)
        found |= caught
        good += bool(caught)
        text = ", ".join(f"{lie} {count}/{met}" for lie, (count, met) in scores.items()) or "no lie"
        first, rest = f"{scenario.name:<{width}}  ", " " * (width + 2)
        for line in textwrap.wrap(text, 120, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False):
            terminalreporter.write_line(line)
    terminalreporter.write_line(
        f"{good} of {len(known)} scenarios find out a lie; {len(found)} of {len(told)} lies are found out"
    )
