"""What pytest users expect of a session: selection, stopping, the options, and nothing that hangs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.face.inner import Inner, Tell, ToldEngine, first_fails, verdicts
from zmq_interop.agents.runtimes.docker_daemon import Found
from zmq_interop.core.cell import Cell
from zmq_interop.core.verdicts import Verdict
from zmq_interop.system.errors import ProtoError

PUSH_PULL = [
    f"push_pull/tcp/{binds}{pair}" for binds in ("", "pusher-binds/") for pair in ("c:c", "c:go", "go:c", "go:go")
]


@pytest.fixture
def made(inner: Inner, told: Tell) -> list[ToldEngine]:
    """A module with eight cells that all pass; the engines that its runs make."""
    inner.module()
    return told(verdicts())


def test_collect_only_names_the_cells_and_plays_none(inner: Inner, made: list[ToldEngine]) -> None:
    result = inner.run("--collect-only", "-q")
    assert result.outlines[:8] == [f"test_inner_it.py::test_cell[{id}]" for id in PUSH_PULL]
    assert not made


def test_the_selected_cells_are_the_plan(inner: Inner, made: list[ToldEngine]) -> None:
    inner.run("-k", "c:go").assert_outcomes(passed=2, deselected=6)
    assert [one.ids for one in made] == [["push_pull/tcp/c:go", "push_pull/tcp/pusher-binds/c:go"]]


def test_a_node_id_selects_one_cell(inner: Inner, made: list[ToldEngine]) -> None:
    inner.run("test_inner_it.py::test_cell[push_pull/tcp/go:c]").assert_outcomes(passed=1)
    assert made[0].ids == ["push_pull/tcp/go:c"]


def test_a_partial_plan_does_not_make_the_ledger_stale(inner: Inner, told: Tell) -> None:
    told(verdicts())
    inner.module('runtime="process"')
    result = inner.pytester.runpytest_inprocess("-p", "zmq_interop.cli.pytest.plugin", "-k", "pair and c:c and ipc")
    assert result.ret == pytest.ExitCode.OK


def test_lf_plays_again_only_what_failed(inner: Inner, told: Tell) -> None:
    inner.module()
    made = told(verdicts(Verdict.PASS, Verdict.FAIL))
    inner.run()
    inner.run("--lf").assert_outcomes(passed=1)
    assert made[1].ids == ["push_pull/tcp/c:go"]


def test_without_the_cache_it_works_as_well(inner: Inner, made: list[ToldEngine]) -> None:
    inner.run("-p", "no:cacheprovider").assert_outcomes(passed=8)


def test_exitfirst_stops_the_run_in_order(inner: Inner, told: Tell) -> None:
    made = told(first_fails)
    inner.module()
    result = inner.run("-x")
    result.assert_outcomes(failed=1)
    assert made[0].stopped.is_set()
    result.stdout.fnmatch_lines(
        ["pytest ended before all cells were played; 7 planned cells were not played", "planned 1 = pass 0 + fail 1 *"]
    )


def test_ctrl_c_stops_the_run_in_order(inner: Inner, told: Tell) -> None:
    made = told(first_fails)
    inner.module()
    inner.conftest(
        """
        def pytest_runtest_logreport(report):
            if report.failed:
                raise KeyboardInterrupt
        """
    )
    result = inner.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert made[0].stopped.is_set()
    result.stdout.fnmatch_lines(["planned 1 = pass 0 + fail 1 *", "*KeyboardInterrupt*"])


def test_what_a_build_tells_is_seen(inner: Inner, told: Tell) -> None:
    async def play(self: ToldEngine, cells: Sequence[Cell]) -> None:
        self.say("c: building")
        await verdicts()(self, cells)

    told(play)
    inner.module()
    inner.run().stdout.fnmatch_lines(["c: building"])


def test_modules_that_ask_for_the_same_share_a_run_and_others_have_their_own(
    inner: Inner, made: list[ToldEngine]
) -> None:
    inner.module(name="same")
    inner.module('runtime="process", control="stdio", patterns=("pair",)', name="zz")
    inner.run("-p", "no:randomly").assert_outcomes(passed=8 + 8 + 20)
    assert [len(one.ids) for one in made] == [8, 20]


def test_options_reach_the_engine(inner: Inner, made: list[ToldEngine]) -> None:
    inner.run("--interop-jobs=3", "--interop-limit=0.5")
    assert (made[0].settings.jobs, made[0].settings.limit) == (3, 0.5)


def test_a_runtime_leaves_modules_of_another_out(inner: Inner, made: list[ToldEngine]) -> None:
    inner.module('patterns=("pair/tcp/c:c",)', name="any")
    inner.module('runtime="c=process,go=process", patterns=("push_pull",)', name="other")
    inner.run("--interop-runtime=process").assert_outcomes(passed=8 + 1)


def test_peers_that_are_left_out_need_no_runtime(inner: Inner, made: list[ToldEngine]) -> None:
    inner.module('runtime="c=process,go=process,python=process", patterns=("push_pull/tcp",)')
    inner.run().assert_outcomes(passed=8)


def test_an_error_of_the_plan_is_told_at_collection(
    inner: Inner, made: list[ToldEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise ProtoError("shapes.proto:3:1: no semicolon", "mend it")

    monkeypatch.setattr("zmq_interop.schemas.project.generate", refuse)
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["shapes.proto:3:1: no semicolon", "  mend it"])
    assert "Traceback" not in result.stdout.str()


def test_xdist_is_refused(inner: Inner, made: list[ToldEngine]) -> None:
    inner.conftest("def pytest_configure(config): config.workerinput = {'workerid': 'gw0'}")
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["cells of a module do not work with pytest-xdist*", "*use -n 0*"])
    assert not made


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Docker engine."""
    monkeypatch.setattr(
        "zmq_interop.agents.runtimes.docker_daemon.find", lambda: Found(engine=None, reason="no engine on this machine")
    )
    monkeypatch.delenv("INTEROP_REQUIRE_CONTAINERS", raising=False)


def test_without_an_engine_a_module_is_one_skip_and_the_end_says_so(inner: Inner, no_engine: None) -> None:
    inner.module('runtime="container"')
    inner.module('runtime="c=container,go=process"', name="mixed")
    result = inner.run()
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(
        [
            "*the container cells did not run*",
            "no engine on this machine; to run them too: tools/with-docker ./interop test",
        ]
    )


def test_where_containers_are_required_a_missing_engine_is_a_failure(
    inner: Inner, no_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTEROP_REQUIRE_CONTAINERS", "1")
    inner.module('runtime="container"')
    inner.run().assert_outcomes(failed=1)


def test_the_end_is_silent_about_containers_that_nobody_selected(inner: Inner, no_engine: None, told: Tell) -> None:
    told(verdicts())
    inner.module()
    inner.module('runtime="container"', name="containers")
    assert "container cells" not in inner.run("test_inner_it.py").stdout.str()
