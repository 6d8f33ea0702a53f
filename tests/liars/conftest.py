"""The liars' run, once a session, and its score at the end."""

from __future__ import annotations

import pytest

from harness import scenarios
from tests.liars.caught_by import CAUGHT
from tests.liars.play import Results, all_lies, play

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
    """Lies x scenarios: how many of the cells that met the lie found it out."""
    results = terminalreporter.config.stash.get(RESULTS, None)
    if results is None or results.ended is None:
        return
    known = {scenario.name: scenario for scenario in scenarios.load()}
    scores: dict[str, dict[str, list[int]]] = {}
    for name, table in CAUGHT.items():
        for one in table:
            score = scores.setdefault(one.lie, {}).setdefault(name, [0, 0])
            for index, count in enumerate(results.score(known[name], one)):
                score[index] += count
    terminalreporter.section("lies: cells that found them out, of those that met them")
    width = max(map(len, scores))
    terminalreporter.write_line(" " * width + "".join(f"  {name}" for name in CAUGHT))
    for lie, row in scores.items():
        fields = ("{}/{}".format(*row[name]) if name in row else "-" for name in CAUGHT)
        columns = (f"  {field:>{len(name)}}" for name, field in zip(CAUGHT, fields, strict=True))
        terminalreporter.write_line(f"{lie:<{width}}{''.join(columns)}")
