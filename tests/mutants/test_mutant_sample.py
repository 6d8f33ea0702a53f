"""Some mutants, drawn with a fixed seed, are noticed; `interop bench mutants` plays all of them."""

from __future__ import annotations

import random

import pytest

from benchmarks import mutants
from tests.mutants import play
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.play import Noticed, Point

SEED = 1
COUNT = 5


def test_a_sample_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("mutants")
    # Those that few cells can notice, so that the sample is quick.
    quick = [
        one for one in play.points(home) if not one.about.startswith(play.OPERATION) and one.name not in EQUIVALENT
    ]
    chosen = random.Random(SEED).sample(quick, COUNT)
    noticed = dict(play.play(chosen, home))
    assert set(noticed) == set(chosen)
    assert [one.name for one, found in noticed.items() if not found.met] == []
    assert [one.name for one, found in noticed.items() if not found.red] == []


def test_every_equivalent_mutant_is_one_of_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    known = {one.name for one in play.points(tmp_path_factory.mktemp("mutants"))}
    assert set(EQUIVALENT) <= known


SEEN = Noticed(frozenset({"push_pull", "pair"}), frozenset({"pair"}))
UNSEEN = Noticed(frozenset({"push_pull"}), frozenset())


def test_survivors_are_named_and_scores_told(capsys: pytest.CaptureFixture[str]) -> None:
    noticed = {Point("skip-bind", "skip", "x"): SEEN, Point("skip-send", "skip", "x"): UNSEEN}
    assert mutants.account(noticed, {}) == 1
    said = capsys.readouterr().out
    assert "survivors: skip-send\n" in said
    assert "2 mutants: 1 (50.0%) are noticed; 0 more are equivalent" in said
    assert f"  {'skip':<20}   1 of 2\n" in said
    assert f"  {'push_pull':<24}   0 of 2\n" in said


def test_an_equivalent_one_does_not_count_until_something_notices_it(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = Point("skip-bind", "skip", "x"), Point("skip-send", "skip", "x")
    assert mutants.account({one: SEEN, other: UNSEEN}, {"skip-send": "nobody can see it"}) == 0
    assert "equivalent: skip-send: nobody can see it" in capsys.readouterr().out
    assert mutants.account({one: SEEN, other: SEEN}, {"skip-send": "nobody can see it"}) == 1
    assert "noticed, but said to be equivalent: skip-send" in capsys.readouterr().out
