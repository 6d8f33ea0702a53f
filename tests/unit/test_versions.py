"""Variants: what a manifest lists, what a user may ask for, which cells they play, and what the ledger says of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from packaging.specifiers import SpecifierSet

from tests.unit import world
from tests.unit.test_manifest import WHOLE
from tests.unit.world import Player
from zmq_interop.agents.scripted.runtime import Script, at, die
from zmq_interop.core import plan, variants
from zmq_interop.core.events import CellJudged
from zmq_interop.core.peer import Library, Peer
from zmq_interop.core.variants import Chosen
from zmq_interop.core.verdicts import Account
from zmq_interop.peers import manifest
from zmq_interop.peers.manifest_errors import ManifestError
from zmq_interop.results.ledger.entry import Condition
from zmq_interop.results.ledger.subject import of_plan
from zmq_interop.system.errors import Exit, PeerBroken, UsageError

CHOOSE = ("choose", "{version}")
LIBRARIES = (
    Library(name="lib", version=CHOOSE, variants=("1.10", "1.2", "2.0")),
    Library(name="a.org/codec", version=CHOOSE, variants=("0.9",)),
)


def with_libraries(name: str, *libraries: Library) -> Peer:
    peer = world.peer(name)
    return msgspec.structs.replace(
        peer, manifest=msgspec.structs.replace(peer.require(), libraries=libraries or LIBRARIES)
    )


PEERS = {"a": with_libraries("a"), "b": world.peer("b"), "c": with_libraries("c", LIBRARIES[1])}


def names(*spread: str, among: tuple[str, ...] = (), patterns: tuple[str, ...] = ()) -> list[str]:
    return [one.name for one in variants.wanted(PEERS, spread, among, patterns).all]


def test_the_variants_of_a_peer_are_ordered_by_age() -> None:
    assert names("a:all") == ["a@lib-1.2", "a@lib-1.10", "a@lib-2.0", "a@codec-0.9"]
    assert names("all") == [*names("a:all"), "c@codec-0.9"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("a:lib-1.2", ["a@lib-1.2"]),
        ("a:codec-0.9", ["a@codec-0.9"]),
        ("a:2.0", ["a@lib-2.0"]),
        ("a:lib<2", ["a@lib-1.2", "a@lib-1.10"]),
        ("a:lib>1.2,<=2.0", ["a@lib-1.10", "a@lib-2.0"]),
        ("a:a.org/codec>=0.1", ["a@codec-0.9"]),
        ("a:codec==0.9", ["a@codec-0.9"]),
    ],
)
def test_some_are_selected_by_name_by_version_and_by_range(asked: str, found: list[str]) -> None:
    assert names(asked) == found


@pytest.mark.parametrize(
    ("asked", "said", "hint"),
    [
        ("a", "is not PEER:WHICH", "--variants takes"),
        (":all", "is not PEER:WHICH", "--variants takes"),
        ("z:all", "there is no peer 'z'", "known peers: a, b, c"),
        ("b:all", "peer b has no variants", "`variants` of a [[libraries]]"),
        ("a:lib-3", "a@lib-3 is no variant", "variants: a@lib-1.2, a@lib-1.10, a@lib-2.0, a@codec-0.9"),
        ("a:lib-1", "a@lib-1 can be a@lib-1.2 or a@lib-1.10", "variants: "),
        ("a:lib<1", "no variant of a is in it", "variants: "),
        ("a:other<1", "no variant of a is in it", "variants: "),
        ("a:lib<<1", "'<<1' is not a range of versions", "--variants takes"),
        ("a:lib>=x", "'>=x' is not a range of versions", "--variants takes"),
    ],
)
def test_what_selects_none_is_refused(asked: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        names(asked)
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_one_that_is_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a@lib-2\.0 is named already"):
        names("a:all", among=("a@2.0",))


def test_a_variant_among_peers_may_be_shortened_and_the_id_of_a_cell_names_one() -> None:
    assert variants.wanted(PEERS, (), ("a@lib-2", "b", "a@1.2")).peers == ("a@lib-2.0", "b", "a@lib-1.2")
    assert names(patterns=("push_pull/tcp/a@lib-1.2:b", "own_schemas/x@y.proto/b:b", "push_pull")) == ["a@lib-1.2"]


def test_a_variant_plays_the_cells_of_its_peer_in_its_place() -> None:
    cells = plan.plan(world.in_memory(), {name: PEERS[name] for name in "ab"}, ("push_pull",))
    (one,) = variants.wanted(PEERS, ("a:codec-0.9",)).all
    found = [cell.id for cell in variants.spread(cells, [one])]
    assert len(found) == len(set(found))
    assert "push_pull/tcp/b:b" not in found
    played = [id for id in found if id.startswith(("push_pull/tcp/a", "push_pull/tcp/b"))]
    mine = "a@codec-0.9"
    assert played == [
        "push_pull/tcp/a:a",
        "push_pull/tcp/a:b",
        "push_pull/tcp/b:a",
        f"push_pull/tcp/{mine}:{mine}",
        f"push_pull/tcp/{mine}:a",
        f"push_pull/tcp/a:{mine}",
        f"push_pull/tcp/{mine}:b",
        f"push_pull/tcp/b:{mine}",
    ]
    assert [id for id in found if id.startswith("push_pull/inproc/a")] == [
        "push_pull/inproc/a:a",
        f"push_pull/inproc/{mine}:{mine}",
    ]
    assert {variants.base_id(id) for id in found} == {cell.id for cell in cells if "a" in cell.peers}


@pytest.mark.parametrize(
    ("id", "plain"),
    [
        ("push_pull/tcp/a@lib-1.2:b", "push_pull/tcp/a:b"),
        ("push_pull/tcp/b:a@lib-1.2", "push_pull/tcp/b:a"),
        ("push_pull/tcp/a:b", "push_pull/tcp/a:b"),
        ("own_schemas/x@y.proto/a:b", "own_schemas/x@y.proto/a:b"),
    ],
)
def test_the_cell_of_the_peers_themselves(id: str, plain: str) -> None:
    assert variants.base_id(id) == plain


LISTED = '\n[[libraries]]\nname = "lib"\nversion = ["choose", "{version}"]\nvariants = ["1.0", "2.0"]\n'
SHARED = '\n[[libraries]]\nname = "libzmq"\nshared = "libzmq.so.5"\nvariants = ["4.1.5"]\n'


@pytest.mark.parametrize("text", [LISTED, SHARED, LISTED + SHARED])
def test_a_manifest_lists_variants(text: str) -> None:
    parsed = manifest.parse((WHOLE + text).encode(), folder="c")
    assert variants.in_order(parsed, "c")


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (LISTED, '"2.0"', '"1.0"', "`libraries.variants` names '1.0', but 'lib-1.0' is a variant already, of lib"),
        (LISTED, '"2.0"', '">=2"', "`libraries.variants` names '>=2', which is not a version"),
        (LISTED, '"2.0"', '"2/0"', "which is not a version"),
        (LISTED, '"2.0"', "2.0", "`libraries.variants` is wrong: Expected `str`, got `float`"),
        (LISTED, 'version = ["choose", "{version}"]', 'checkout = ["choose", "{checkout}"]', "nothing can select them"),
        (SHARED, '"4.1.5"', '"4.0.0"', "names '4.0.0'; the harness knows a shared libzmq of the versions: 4.1.5"),
        (SHARED, '"libzmq"', '"libother"', "knows a shared libother of the versions: none"),
        (SHARED, '"libzmq.so.5"', '"../libzmq.so.5"', "`libraries.shared` is '../libzmq.so.5'"),
        (SHARED, "variants", 'version = ["choose", "{version}"]\nvariants', "stands beside the command `version`"),
    ],
)
def test_what_is_wrong_about_them_is_said_with_line_and_key(text: str, old: str, new: str, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest.parse((WHOLE + text.replace(old, new)).encode(), folder="c")
    assert said in str(caught.value)
    line = int(str(caught.value).split(":")[0].removeprefix("line "))
    assert line > len(WHOLE.splitlines())


def test_two_libraries_whose_variants_have_one_name_are_refused() -> None:
    other = LISTED.replace('"lib"', '"a.org/lib"')
    with pytest.raises(ManifestError, match=r"'lib-1.0' is a variant already, of lib"):
        manifest.parse((WHOLE + LISTED + other).encode(), folder="c")


def variant(name: str) -> Peer:
    peer = world.peer(variants.base(name))
    return msgspec.structs.replace(peer, name=name, folder=Path("/elsewhere"), of_tree=False)


DIES = {"a@lib-1.0": Script(instead=at("send", die))}
ENTRY = "\n[[failure]]\n{cells}\nkind = 'crashed'\nreason = 'upstream #1'\n"


@pytest.mark.parametrize(
    "cells", ["cells = ['push_pull/tcp/a:b']", "when = [{ scenario = 'push_pull', pusher = 'a', transport = 'tcp' }]"]
)
def test_what_the_ledger_says_of_a_peer_it_says_of_its_variants(cells: str, play: Player) -> None:
    known = {"a@lib-1.0": variant("a@lib-1.0"), "b": world.peer("b")}
    ended, seen = play(known, DIES, ledger=ENTRY.format(cells=cells), patterns=("push_pull/tcp/a@lib-1.0:b",))
    assert (ended.exit_code, ended.account) == (Exit.OK, Account(planned=1, known=1))
    (judged,) = (event for event in seen if isinstance(event, CellJudged))
    assert judged.reason == "upstream #1"


@pytest.mark.parametrize(("where", "account"), [("", Account(planned=1, passed=1)), ("fake-zmq ==1", None)])
def test_a_variant_that_passes_disproves_only_an_entry_about_its_libraries(
    where: str, account: Account | None, play: Player
) -> None:
    known = {"a@lib-1.0": variant("a@lib-1.0"), "b": world.peer("b")}
    ledger = ENTRY.format(cells="cells = ['push_pull/tcp/a:b']")
    if where:
        ledger += f"where = {{ a = '{where}' }}\n"
    ended, _ = play(known, ledger=ledger, patterns=("push_pull/tcp/a@lib-1.0:b",))
    assert ended.account == (account or Account(planned=1, fixed=1))


def test_a_condition_speaks_of_the_versions_of_a_variant() -> None:
    (cell,) = plan.plan(world.in_memory(), {"a@lib-1.0": variant("a@lib-1.0")}, ("push_pull/tcp/a@lib-1.0:a@lib-1.0",))
    condition = Condition(who="a", library="lib", versions=SpecifierSet("<2"))
    assert condition.peers(of_plan(cell).roles) == {"a@lib-1.0"}


def test_a_variant_that_cannot_be_made_is_broken_with_the_installers_last_lines(play: Player) -> None:
    broken = msgspec.structs.replace(
        variant("a@lib-1.0"), manifest=None, problem="could not be brought", hint="try", detail="No matching"
    )
    with pytest.raises(PeerBroken) as caught:
        broken.require()
    assert (caught.value.message, caught.value.detail) == ("could not be brought", "No matching")
    ended, _ = play({"a@lib-1.0": broken, "b": world.peer("b")}, patterns=("push_pull/tcp",))
    assert ended.exit_code == Exit.BROKEN
    assert ended.account.broken == 6  # of 8: those between b and b play
    assert ended.account.passed == 2


def test_names() -> None:
    assert Chosen(peer="a", library="a.org/x", version="1").name == "a@x-1"
    assert variants.base("a@x-1") == "a"
