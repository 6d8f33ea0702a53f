"""The cells that a user's own session asks for, beside the user's tests."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree

import pytest

from tests.face.inner import Inner, Tell, ToldEngine, first_fails, verdicts
from tests.face.test_face_verdicts import SIX
from zmq_interop.core.verdicts import Verdict
from zmq_interop.system.paths import PEERS

ASK = ("--interop-run", "push_pull/tcp", "--interop-peers", "c,go", "--interop-runtime", "process")
CELLS = [f"push_pull/tcp/{binds}{pair}" for binds in ("", "pusher-binds/") for pair in ("c:c", "c:go", "go:c", "go:go")]


class Theirs:
    """A user's repository with two tests of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        pytester.makepyfile(test_theirs="def test_one(): pass\ndef test_two(): pass\n")

    def run(self, *arguments: str) -> pytest.RunResult:
        """Runs their pytest in this process."""
        plugin = ("-p", "zmq_interop.cli.pytest.options", "--strict-markers")
        return self.pytester.runpytest_inprocess(*plugin, *arguments, no_reraise_ctrlc=True)


@pytest.fixture
def theirs(inner: Inner) -> Theirs:
    return Theirs(inner.pytester)


@pytest.fixture
def made(told: Tell) -> list[ToldEngine]:
    """The engines that its runs make; each lets every cell pass."""
    return told(verdicts())


def test_nobody_asks_and_nothing_is_collected(theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.pytester.makeini("[pytest]\ninterop_run = push_pull\ninterop_peers = no-such-peer\n")
    result = theirs.run()
    result.assert_outcomes(passed=2)
    assert result.outlines[-1].startswith("=")
    assert not made
    assert "interop:" not in result.stdout.str()


def test_the_cells_come_beside_the_tests(theirs: Theirs, made: list[ToldEngine]) -> None:
    result = theirs.run(*ASK)
    result.assert_outcomes(passed=2 + 8)
    result.stdout.fnmatch_lines(
        [
            "collected 10 items",
            "test_theirs.py ..*",
            "interop ........*",
            "*interop: process, push_pull/tcp, c, go*",
            "planned 8 = pass 8 *",
        ]
    )
    assert [one.ids for one in made] == [CELLS]


@pytest.mark.parametrize("ask", ["--interop", "--interop-jobs=3", "--interop-limit=2"])
def test_any_option_asks(ask: str, theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.pytester.makeini("[pytest]\ninterop_run = push_pull/tcp pair/tcp/c:c\ninterop_peers = c, go\n")
    theirs.run(ask, "-k", "push_pull or pair").assert_outcomes(passed=9, deselected=2)
    assert [one.ids for one in made] == [[*CELLS, "pair/tcp/c:c"]]


def test_the_configuration_file_may_ask(theirs: Theirs, made: list[ToldEngine]) -> None:
    (theirs.pytester.path / "pytest.toml").write_text(
        "[pytest]\ninterop = true\n"
        'interop_run = ["push_pull/tcp"]\ninterop_peers = "c,go"\ninterop_runtime = "process"\n'
    )
    theirs.run().assert_outcomes(passed=2 + 8)
    theirs.run("--interop-peers=go").assert_outcomes(passed=2 + 2)  # an option outdoes the file


def test_messages_of_theirs(theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.pytester.makeini("[pytest]\ninterop_proto = messages\n")
    (theirs.pytester.path / "messages").mkdir()
    (theirs.pytester.path / "messages/shop.proto").write_text('syntax = "proto3"; package shop; message Item {}\n')
    result = theirs.run("--interop-run", "own_schemas", "--interop-peers", "c", "--collect-only", "-q")
    assert any("shop.Item" in line for line in result.outlines)


def test_a_peer_of_theirs_by_option_or_in_the_file_relative_to_it(theirs: Theirs, made: list[ToldEngine]) -> None:
    repository = theirs.pytester.mkdir("below")
    shutil.copytree(PEERS / "python", repository / "agent", ignore=shutil.ignore_patterns("build", "gen"))
    (repository / "pytest.toml").write_text(
        '[pytest]\ninterop_run = ["push_pull/tcp"]\ninterop_peers = "mine,old"\n'
        'interop_peer = ["mine=agent", "old=agent"]\n'
    )
    theirs.run("-c", "below/pytest.toml", "--interop").assert_outcomes(passed=2 + 8)
    assert made[0].ids[0] == "push_pull/tcp/mine:mine"
    result = theirs.run("--interop-peer", "mine=below/agent", "--interop-peers=mine", "--interop-run", "push_pull/tcp")
    result.assert_outcomes(passed=2 + 2)
    result = theirs.run("--interop-peer", "Mine=below/agent")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --peer Mine=below/agent: 'Mine' cannot be a peer's name: *"])


def test_what_they_exclude_is_no_item_and_is_told(theirs: Theirs, made: list[ToldEngine]) -> None:
    result = theirs.run(*ASK, "--interop-exclude", "*/c:*", "--interop-exclude", "*/pusher-binds/*")
    result.assert_outcomes(passed=2 + 2)
    result.stdout.fnmatch_lines(["excluded: 6 cells by --exclude '[*]/c:[*]' (4), *", "planned 2 = pass 2 *"])
    theirs.pytester.makeini("[pytest]\ninterop_exclude = */c:* */go:c\n")
    theirs.run(*ASK).assert_outcomes(passed=2 + 2)
    theirs.run(*ASK, "--interop-exclude", "*/c:*").assert_outcomes(passed=2 + 4)


def test_a_ledger_of_theirs(theirs: Theirs, told: Tell) -> None:
    told(verdicts(Verdict.FAIL))
    (theirs.pytester.path / "known.toml").write_text(
        '[[failure]]\ncells = ["push_pull/tcp/c:c"]\nkind = "altered"\nreason = "ours to mend"\n'
    )
    theirs.run(*ASK).assert_outcomes(passed=9, failed=1)
    theirs.run(*ASK, "--interop-ledger", "known.toml").assert_outcomes(passed=9, xfailed=1)
    theirs.pytester.makeini("[pytest]\ninterop_ledger = known.toml\n")
    theirs.run(*ASK).assert_outcomes(passed=9, xfailed=1)
    (theirs.pytester.path / "later.toml").write_text(
        '[[failure]]\ncells = ["push_pull/tcp/c:c"]\nkind = "hung"\nreason = "the later file counts"\n'
    )
    theirs.run(*ASK, "--interop-ledger", "known.toml", "--interop-ledger", "later.toml").assert_outcomes(
        passed=9, failed=1
    )
    theirs.pytester.makeini("[pytest]\ninterop_ledger = later.toml\n    known.toml\ninterop_no_default_ledger = true\n")
    theirs.run(*ASK).assert_outcomes(passed=9, xfailed=1)
    result = theirs.run(*ASK, "--interop-ledger", "gone.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: gone.toml: there is no such file"])


def test_markers_choose_by_peer_scenario_and_transport(theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.run(*ASK, "-m", "go and push_pull and tcp").assert_outcomes(passed=6, deselected=4)
    theirs.run(*ASK, "-m", "c and not go").assert_outcomes(passed=2, deselected=8)
    theirs.run(*ASK, "-m", "interop and not tcp").assert_outcomes(deselected=10)
    theirs.run(*ASK, "-m", "not interop").assert_outcomes(passed=2, deselected=8)
    assert [len(one.ids) for one in made] == [6, 2]
    theirs.run(*ASK, "--markers").stdout.fnmatch_lines_random(["@pytest.mark.go:*", "@pytest.mark.push_pull:*"])


def test_each_verdict_has_its_outcome_and_reason(theirs: Theirs, told: Tell) -> None:
    told(verdicts(*SIX))
    result = theirs.run(*ASK, "-rA")
    result.assert_outcomes(passed=2 + 3, failed=2, xfailed=1, skipped=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        ["SKIPPED*interop*: why it is unsupported", "XFAIL interop::*why it is known", "*reason    why it is broken"]
    )
    assert "Traceback" not in result.stdout.str()


def test_lf_plays_what_failed(theirs: Theirs, told: Tell) -> None:
    made = told(verdicts(Verdict.PASS, Verdict.FAIL))
    theirs.run(*ASK).assert_outcomes(passed=9, failed=1)
    theirs.run(*ASK, "--lf").assert_outcomes(passed=1, deselected=9)
    assert made[1].ids == [CELLS[1]]


def test_exitfirst_stops_the_run_in_order(theirs: Theirs, told: Tell) -> None:
    made = told(first_fails)
    theirs.run(*ASK, "-x").assert_outcomes(passed=2, failed=1)
    assert made[0].stopped.is_set()


def test_junitxml_has_a_case_for_each_cell(theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.run(*ASK, "--junitxml=it.xml")
    suite = ElementTree.parse(theirs.pytester.path / "it.xml").getroot()[0]
    assert [case.attrib["name"] for case in suite if case.attrib["classname"] == "interop"] == CELLS


def test_cells_go_beside_a_selection_of_tests(theirs: Theirs, made: list[ToldEngine]) -> None:
    theirs.run(*ASK, "test_theirs.py::test_one").assert_outcomes(passed=1 + 8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--interop-peers", "c,nope"), "ERROR: there is no peer 'nope'"),
        (("--interop-peers", "c,,go"), "ERROR: --interop-peers 'c,,go': a name is missing beside a comma"),
        (("--interop-run", "nope"), "ERROR: *nope*"),
        (("--interop-jobs", "0"), "ERROR: --jobs 0*"),
        (("--interop-proto", "nope"), "ERROR: --proto nope: does not exist"),
    ],
)
def test_what_cannot_be_planned_is_a_usage_error(arguments: tuple[str, ...], said: str, theirs: Theirs) -> None:
    result = theirs.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert "Traceback" not in result.stderr.str()
