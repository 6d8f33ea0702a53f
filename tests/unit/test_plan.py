"""The plan: ids are unique, stable and safe in a shell; patterns and roles select; unclaimed needs are unsupported."""

from __future__ import annotations

import itertools
import shlex

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import world
from zmq_interop import scenarios
from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.core import cell, lacks, plan
from zmq_interop.core.peer import Peer
from zmq_interop.core.scenario import Axis, Needs, Scenario
from zmq_interop.peers import manifest
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system.errors import NothingSelected, UsageError
from zmq_interop.system.paths import PEERS

names = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
words = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+=@%-]{0,8}", fullmatch=True)


async def nothing(_: CellContext) -> None:
    """Plays nothing."""


@st.composite
def scenarios_of(draw: st.DrawFn) -> list[Scenario]:
    """Scenarios that the decorator would let pass: the names of all values of one are different."""
    found = []
    for name in draw(st.lists(words, min_size=1, max_size=3, unique=True)):
        roles = draw(st.lists(names, min_size=1, max_size=3, unique=True))
        taken = {"tcp", "ipc", "inproc", *(f"{role}-binds" for role in roles)}
        values = draw(st.lists(words.filter(lambda word: word not in taken), min_size=1, max_size=5, unique=True))  # noqa: B023
        cut = draw(st.integers(1, len(values)))
        axes = [
            Axis(name="x", values=dict.fromkeys(values[:cut]), default=draw(st.sampled_from([None, *values[:cut]])))
        ]
        if values[cut:]:
            axes.append(Axis(name="y", values=dict.fromkeys(values[cut:])))
        found.append(
            Scenario(
                name=name,
                roles=dict.fromkeys(roles, Needs()),
                binder=roles[0],
                play=nothing,
                doc="-",
                binders=tuple(roles),
                axes=tuple(axes),
            )
        )
    return found


peers = st.lists(names, min_size=1, max_size=4, unique=True).map(lambda found: world.peers(*sorted(found)))


@given(scenarios_of(), peers)
def test_ids_are_unique_stable_and_need_no_quotes(known: list[Scenario], players: dict[str, Peer]) -> None:
    planned = plan.plan(known, players)
    ids = [one.id for one in planned]
    assert len(set(ids)) == len(ids)
    assert ids == [one.id for one in plan.plan(known, players)]
    assert all(shlex.quote(id) == id for id in ids)
    for one in planned:
        assert len(one.peers) == len(one.scenario.roles)
        if one.transport == "inproc":
            assert len(set(one.peers)) == 1


@given(scenarios_of(), peers, st.data())
def test_a_cell_s_id_selects_the_cell_and_the_beginning_of_it_too(
    known: list[Scenario], players: dict[str, Peer], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(plan.plan(known, players)))
    assert [found.id for found in plan.plan(known, players, [one.id])] == [one.id]
    stem = "/".join(one.id.split("/")[: data.draw(st.integers(1, one.id.count("/") + 1))])
    assert one.id in [found.id for found in plan.plan(known, players, [stem])]
    assert one.id in [found.id for found in plan.plan(known, players, [f"{stem}/"])]


@given(scenarios_of(), peers, names)
def test_ids_stay_what_they_are_when_a_peer_joins(known: list[Scenario], players: dict[str, Peer], name: str) -> None:
    before = {one.id for one in plan.plan(known, players, every=True)}
    after = {one.id for one in plan.plan(known, {**players, name: world.peer(name)}, every=True)}
    assert before <= after


@given(scenarios_of(), peers)
def test_a_default_run_covers_all_pairs_of_values(known: list[Scenario], players: dict[str, Peer]) -> None:
    for one in known:
        every, some = plan.plan([one], players, every=True), plan.plan([one], players)
        assert {cell.id for cell in some} <= {cell.id for cell in every}
        assert pairs(some) == pairs(every)
        if len(one.roles) <= 2:
            assert {(c.transport, c.binder, c.peers) for c in some} == {(c.transport, c.binder, c.peers) for c in every}


def test_peers_outside_the_tree_change_no_cell_without_them() -> None:
    known = scenarios.load()[:12]
    tree = dict(list(manifest.discover().items())[:3])
    mine = outside.join(tree, [Outside(name="mine", folder=PEERS / "c")])
    before = [one.id for one in plan.plan(known, tree)]
    after = plan.plan(known, mine)
    assert [one.id for one in after if "mine" not in one.peers] == before
    assert {"mine"} < {peer for one in after for peer in one.peers if "mine" in one.peers}


def test_who_joins_later_changes_no_cell_of_those_before() -> None:
    known = scenarios.load()[:12]
    peers = {name: world.peer(name) for name in "abc"}
    before = [one.id for one in plan.plan(known, {name: peers[name] for name in "ab"})]
    late = peers | {"c": msgspec.structs.replace(peers["c"], joined=peers["a"].joined + 1)}
    after = [one.id for one in plan.plan(known, late) if "c" not in one.peers]
    together = [one.id for one in plan.plan(known, peers) if "c" not in one.peers]
    assert after == before
    assert together != before  # or else nothing was shown


def pairs(planned: list[cell.Cell]) -> set[object]:
    """Every two values that stand together in some cell, with their places."""
    rows = [(one.transport, one.binder, *one.values.values(), *one.peers) for one in planned]
    return {(i, row[i], j, row[j]) for row in rows for i, j in itertools.combinations(range(len(row)), 2)}


def test_what_nobody_plays_stands_in_for_nothing() -> None:
    shape = Axis(name="shape", values=dict.fromkeys("xyz"))
    one = Scenario(
        name="s",
        roles={"a": Needs(sockets=("PUSH",))},
        binder="a",
        play=nothing,
        doc="-",
        binders=("a",),
        axes=(shape,),
    )
    known = {"deaf": world.peer("deaf", socket_types=()), "good": world.peer("good")}
    planned = plan.plan([one], known)
    played = [c for c in planned if not lacks.missing(c, known)]
    assert {c.values["shape"] for c in played} == {"x", "y", "z"}
    assert {c.peers for c in planned} == {("deaf",), ("good",)}


def test_an_id_outside_the_covering_is_found_all_the_same() -> None:
    known = world.peers("a", "b", "c")
    default = {one.id for one in world.cells(known)}
    outside = next(one.id for one in plan.plan(world.in_memory(), known, every=True) if one.id not in default)
    assert [one.id for one in world.cells(known, outside)] == [outside]


def test_the_suite_has_at_least_500_cells_of_three_peers() -> None:
    ids = [one.id for one in plan.plan(world.in_memory(), world.peers("c", "go", "python"), every=True)]
    assert len(ids) >= 500
    assert {"push_pull/tcp/c:go", "push_pull/tcp/pusher-binds/c:go", "push_pull/inproc/c:c"} <= set(ids)
    assert all(shlex.quote(id) == id for id in ids)


def test_over_inproc_one_peer_plays_all_roles() -> None:
    planned = world.cells(world.peers("a", "b"), "push_pull/inproc")
    assert {one.peers for one in planned} == {("a", "a"), ("b", "b")}


@pytest.mark.parametrize(
    ("pattern", "selected"),
    [
        ("push_pull/tcp/a:b", True),
        ("push_pull/tcp", True),
        ("push_pull/", True),
        ("push_pul", False),
        ("*/tcp/*", True),
        ("*:b", True),
        ("*:a", False),
        ("push_[pq]ull/???/a:b", True),
        ("PUSH_PULL", False),
    ],
)
def test_a_pattern_is_the_beginning_of_an_id_or_has_wildcards(pattern: str, *, selected: bool) -> None:
    assert cell.matches("push_pull/tcp/a:b", [pattern]) is selected


@pytest.mark.parametrize(
    ("pattern", "selected"),
    [
        ("x/tcp/c:go", ["x/tcp/c:go"]),
        ("x/tcp", ["x/tcp/c:go", "x/tcp/c:go-pure", "x/tcp/cpp:c"]),
        ("x", ["x/tcp/c:go", "x/tcp/c:go-pure", "x/tcp/cpp:c"]),
        ("x/tcp/c", ["x/tcp/c:go", "x/tcp/c:go-pure", "x/tcp/cpp:c"]),
        ("x/tcp/c:", ["x/tcp/c:go", "x/tcp/c:go-pure"]),
        ("x/t", ["x/tcp/c:go", "x/tcp/c:go-pure", "x/tcp/cpp:c"]),
        ("x_", ["x_y/tcp/a/c:go", "x_z/ipc/c"]),
        ("x_y/tcp/a", ["x_y/tcp/a/c:go"]),
        ("x/tcp/c:g", []),
        ("x/tcp/cpp:", ["x/tcp/cpp:c"]),
        ("x_z/ipc/", ["x_z/ipc/c"]),
        ("tcp", []),
        ("*:go", ["x/tcp/c:go", "x_y/tcp/a/c:go"]),
    ],
)
def test_the_command_line_takes_any_beginning_of_an_id(pattern: str, selected: list[str]) -> None:
    ids = ["x/tcp/c:go", "x/tcp/c:go-pure", "x/tcp/cpp:c", "x_y/tcp/a/c:go", "x_z/ipc/c"]
    assert cell.select(ids, pattern) == selected


def test_a_cell_that_is_not_there_is_not_taken_for_one_of_a_peer_whose_name_begins_so() -> None:
    with pytest.raises(NothingSelected, match="'push_pull/tcp/a:b' selects no cell"):
        world.cells(world.peers("a", "b-pure"), "push_pull/tcp/a:b")


def test_the_beginning_of_a_scenarios_name_selects_all_that_begin_so() -> None:
    assert {one.scenario.name for one in world.cells(world.peers("a"), "pu")} == {"push_pull", "pub_sub"}
    assert {one.scenario.name for one in world.cells(world.peers("a"), "pair")} == {"pair"}


def test_a_family_stands_for_its_scenarios_and_not_for_the_one_of_its_name() -> None:
    known = [one for one in scenarios.declared() if one.family in ("lanes", "pending")]

    def names(*patterns: str) -> list[str]:
        return list(dict.fromkeys(one.scenario.name for one in plan.plan(known, world.peers("a"), patterns)))

    assert names("family:lanes") == [one.name for one in known if one.family == "lanes"]
    assert len(names("family:lanes")) > 1
    assert names("lanes") == ["lanes"]
    assert {one.transport for one in plan.plan(known, world.peers("a"), ["family:pending/ipc"])} == {"ipc"}
    (left_out,) = plan.excluded(known, ["a"], ["family:pending/tcp"]).values()
    assert left_out == {one.id for one in plan.plan(known, world.peers("a"), ["family:pending/tcp"], every=True)}
    assert names("family:lanes", "linger_zero")[-1] == "linger_zero"
    with pytest.raises(NothingSelected, match="'family:lane' selects no cell"):
        names("family:lane")


def test_no_pattern_selects_all_and_of_several_each_adds() -> None:
    assert cell.matches("x/tcp/a:a", [])
    known = world.peers("a")
    both = {one.id for one in world.cells(known, "pair", "req_rep/tcp")}
    assert both == {one.id for one in world.cells(known, "pair")} | {
        one.id for one in world.cells(known, "req_rep/tcp")
    }


def test_a_pattern_that_selects_nothing_is_named_even_beside_one_that_does() -> None:
    with pytest.raises(NothingSelected, match="'push_pull/udp' selects no cell"):
        world.cells(world.peers("a"), "pair", "push_pull/udp")


def test_no_scenario_is_nothing_selected() -> None:
    with pytest.raises(NothingSelected):
        plan.plan([], world.peers("a"))


def test_a_role_is_played_only_by_the_peer_that_is_named_and_scenarios_without_it_are_left_out() -> None:
    planned = plan.plan(world.in_memory(), world.peers("a", "b"), roles={"pusher": "b"})
    assert {one.scenario.name for one in planned} == {"push_pull"}
    assert {one.peer("pusher") for one in planned} == {"b"}
    assert {one.peer("puller") for one in planned} == {"a", "b"}


@pytest.mark.parametrize(
    ("roles", "complaint"),
    [({"pigeon": "a"}, "no scenario has a role 'pigeon'"), ({"pusher": "z"}, "there is no peer 'z'")],
)
def test_a_role_or_peer_that_is_not_there_is_wrong_usage(roles: dict[str, str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        plan.plan(world.in_memory(), world.peers("a"), roles=roles)


def lacking(id: str, **claims: object) -> list[str]:
    """What peer b lacks for a cell, when it claims less."""
    known = {"a": world.peer("a"), "b": world.peer("b", **claims)}
    (one,) = world.cells(known, id)
    return [str(missing) for missing in lacks.missing(one, known)]


def test_what_a_role_needs_and_its_peer_does_not_claim_is_missing() -> None:
    assert lacking("push_pull/tcp/a:b") == []
    assert lacking("push_pull/tcp/a:b", socket_types=("PUSH",)) == ["b does not claim socket type PULL"]
    assert lacking("push_pull/tcp/b:a", socket_types=("PUSH",)) == []
    assert lacking("push_pull/ipc/a:b", transports=("tcp",)) == ["b does not claim transport ipc"]
    assert lacking("push_pull/tcp/a:b", mechanisms=("CURVE",)) == ["b does not claim mechanism NULL"]
    assert lacking("pub_sub/tcp/a:b", options=()) == ["b does not claim option SUBSCRIBE"]
    assert lacking("push_pull/tcp/b:b", operations=("open",))[:2] == [
        "b does not claim operation close_all",
        "b does not claim operation bind",
    ]
    assert lacking("push_pull/inproc/b:b", abilities=(), lanes=1) == [
        "b does not claim ability inproc_lanes",
        "b does not claim 2 lanes",
    ]


def test_a_peer_without_a_manifest_is_not_called_unsupported() -> None:
    broken = msgspec.structs.replace(world.peer("a"), manifest=None, problem="unreadable")
    (one,) = world.cells({"a": broken}, "push_pull/inproc/a:a")
    assert lacks.missing(one, {"a": broken}) == ()
