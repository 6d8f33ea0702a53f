"""What is wrong in a ledger is told with file and line, and with what is expected there."""

from __future__ import annotations

import datetime
import functools
from pathlib import Path

import pytest

from zmq_interop import scenarios
from zmq_interop.core.verdicts import Kind
from zmq_interop.results import ledger
from zmq_interop.results.ledger import findings, reading
from zmq_interop.results.ledger.rate import Rate
from zmq_interop.results.ledger.scope import Cause, Causes, Patterns, Values
from zmq_interop.results.ledger.subject import Every, Subject
from zmq_interop.system.errors import UsageError

GOOD = """\
# All about pigeons.

[[failure]]
cells = [
    "push_pull/*",  # [[failure]] in a comment is none
    "pair/tcp",
]
except = ["*/a:a"]
kind = ["lost", "refused"]
reason = '''
[[failure]]
is no entry of its own within a string
'''
url = "docs/findings.md"
flaky = "7 of 500"
where = { pusher = "libzmq ==4.3.4", go-pure = "github.com/go-zeromq/zmq4 <0.18" }
runtime = "container"
expires = 2030-01-31

# About the second one.
[[failure]]
kind = "hung"
cells = ["req_rep"]
reason = "x"
"""


def test_an_entry_has_all_that_is_written() -> None:
    first, second = reading.parse(GOOD, "ledger.toml").entries
    assert (first.at, second.at) == ("ledger.toml:3", "ledger.toml:21")
    assert first.scope == Patterns(cells=("push_pull/*", "pair/tcp"), but=("*/a:a",))
    assert (first.kinds, second.kinds) == ((Kind.LOST, Kind.REFUSED), (Kind.HUNG,))
    assert first.flaky == Rate(7, 500)
    assert [(one.who, one.library, str(one.versions)) for one in first.where] == [
        ("pusher", "libzmq", "==4.3.4"),
        ("go-pure", "github.com/go-zeromq/zmq4", "<0.18"),
    ]
    assert (first.runtime, first.expires) == ("container", datetime.date(2030, 1, 31))
    assert (second.flaky, second.where, second.runtime, second.expires) == (None, (), "", None)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("colour = 1", ":8: unknown key 'colour'"),
        ("cells = []", ":8: `cells` is empty"),
        ("cells = 'a'", ":8: `cells`: Expected `array`, got `str`"),
        ("cells = [1]", ":8: `cells`: Expected `str`, got `int`"),
        ("cells = ['a', '']", ":8: `cells`: '' is empty"),
        ("cells = ['push_pull/[tcp/*']", r":8: `cells`: 'push_pull/\[tcp/\*' has a \[ without a \]"),
        ("cells = ['/tcp/*']", "an empty part between slashes"),
        ("cells = ['a//b']", "an empty part between slashes"),
        ("cells = ['*/tcp/']", "ends with a slash"),
        ("cells = ['push_pull/tc?']", "has too few parts"),
        ("except = []", ":8: `except` is empty"),
        ("except = ['[']", ":8: `except`: '\\[' has a \\["),
        ("kind = 'sad'", ":8: `kind`: .*'sad'"),
        ("kind = []", ":8: `kind` is empty"),
        ("reason = ' '", ":8: `reason` is empty"),
        ("url = 7", ":8: `url`: Expected `str`, got `int`"),
        ("flaky = 'often'", ":8: `flaky`: 'often' is not a failure rate"),
        ("flaky = '5 of 5'", ":8: `flaky`: '5 of 5' is not a failure rate"),
        ("flaky = '0 of 5'", ":8: `flaky`: '0 of 5' is not a failure rate"),
        ("where = { a = 'libzmq 4.3.4' }", ":8: `where`: '4.3.4' is not a version range of libzmq"),
        ("where = { a = '<4.3.4' }", ":8: `where`: '<4.3.4' is not a library"),
        ("where = { a = '' }", ":8: `where`: '' is not a library"),
        ("where = { a = 4 }", ":8: `where`: Expected `str`"),
        ("runtime = 'cellar'", ":8: `runtime`: there is no runtime 'cellar'"),
        ("expires = 'soon'", ":8: `expires`: Invalid RFC3339"),
        ("expires = 2030-01-31T10:00:00Z", ":8: `expires` must be a date without a time"),
        ("expires = 2030-02-31", "ledger.toml: Invalid date or datetime .at line 8"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_with_its_line(line: str, complaint: str) -> None:
    key = line.partition(" ")[0]
    rest = {"cells": "cells = ['a']", "kind": "kind = 'lost'", "reason": "reason = 'x'"}
    rest.pop(key, None)
    text = "\n".join(["[[failure]]", *(["#"] * (6 - len(rest))), *rest.values(), line])
    with pytest.raises(UsageError, match=complaint):
        reading.parse(text, "ledger.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[failures]]\n", "failures does not belong in a ledger"),
        ("failure = 7\n", "failure does not belong in a ledger"),
        ("failure = [{ cells = ['a'], kind = 'lost', reason = 'x' }]\n", r"an entry without a \[\[failure\]\] line"),
        ("= 1", "ledger.toml: Invalid statement .at line 1"),
        ("\n[[failure]]\nkind = 'lost'\nreason = 'x'\n", "ledger.toml:2: the entry has neither `cells` nor `when`"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        reading.parse(text, "ledger.toml")


def test_a_message_says_what_is_expected() -> None:
    with pytest.raises(UsageError) as refused:
        reading.parse("[[failure]]\nflaky = 'often'\ncells = ['a']\nkind = 'lost'\nreason = 'x'\n", "ledger.toml")
    assert refused.value.hint == 'expected: how often they failed in how many plays: "7 of 500"'


def test_a_file_that_was_named_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: there is no such file"):
        ledger.load([tmp_path / "nowhere.toml"])
    with pytest.raises(UsageError, match="Is a directory"):
        ledger.load([tmp_path])
    (tmp_path / "latin").write_bytes(b"# caf\xe9\n")
    with pytest.raises(UsageError, match="is not UTF-8"):
        ledger.load([tmp_path / "latin"])
    assert ledger.load(own=tmp_path / "nowhere.toml", here=tmp_path / "nowhere.toml").entries == ()


def test_an_installed_one_has_its_own_ledger_and_the_users(tmp_path: Path) -> None:
    files = [tmp_path / "ours.toml", tmp_path / "theirs.toml"]
    for file in files:
        file.write_text(f'[[failure]]\ncells = ["push_pull/{file.stem}/c:go"]\nkind = "lost"\nreason = "why"\n')
    load = functools.partial(ledger.load, own=files[0], here=files[1])
    assert [entry.at for entry in load().entries] == [f"{file}:1" for file in files]
    named = tmp_path / "named.toml"
    named.write_text(files[0].read_text())
    loaded = load([named]).entries
    assert [entry.at for entry in loaded] == [f"{file}:1" for file in (*files, named)]
    assert [entry.rank for entry in loaded] == [0, 2, 3], "the project's own has the lowest rank"
    assert [entry.at for entry in load([named], default=False).entries] == [f"{named}:1"]


def test_a_file_that_is_named_twice_counts_once_at_its_last_place(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    for file in (first, second):
        file.touch()
    ranks = functools.partial(reading.ranks, own=first, here=first)
    again = tmp_path / "." / "first.toml"
    assert list(ranks([second, again])) == [second, again]
    assert list(ranks([again, second, again], default=False)) == [second, again]


def test_the_file_is_named_as_people_know_it() -> None:
    assert ledger.load().entries[0].at.startswith("known-failures.toml:")


ROLES = {"pusher": "a", "puller": "b"}
FACTS = {"scenario": "push_pull", "transport": "tcp", "binder": "puller", **ROLES}
CELL = Subject("push_pull/tcp/a:b", "push_pull", ROLES, FACTS)


def entry(more: str = "", cells: str = "push_pull") -> str:
    return f"[[failure]]\ncells = ['{cells}']\nkind = 'lost'\nreason = 'x'\n{more}\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("", "flaky = '7 of 500'"),
        ("flaky = '7 of 500'", "flaky = '7 of 500'"),
        ("runtime = 'process'", ""),
        ("where = { pusher = 'libzmq <4.3.5' }", "where = { pusher = 'libzmq >=4.3.4' }"),
        ("where = { pusher = 'libzmq <4' }", "where = { puller = 'libzmq >=4' }"),
        ("where = { pusher = 'libzmq <4' }", "where = { pusher = 'pyzmq >=4' }"),
    ],
)
def test_two_entries_that_can_cover_one_cell_are_refused_with_both_lines(one: str, other: str) -> None:
    book = reading.parse(entry(one) + entry(other, "*/tcp/*"), "ledger.toml")
    with pytest.raises(UsageError, match=r"ledger.toml:1 and ledger.toml:6 overlap: both cover push_pull/tcp/a:b"):
        findings.refuse_overlaps(book, [CELL])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("runtime = 'process'", "runtime = 'container'"),
        ("where = { pusher = 'libzmq <4.3.5' }", "where = { pusher = 'libzmq >=4.3.5' }"),
        ("where = { pusher = 'libzmq <4.3.5' }", "where = { a = 'libzmq ==4.3.5' }"),
        ("where = { replier = 'libzmq' }", ""),
        ("expires = 2001-01-01", ""),
        ("except = ['push_pull/tcp/a:b']", ""),
    ],
)
def test_entries_that_exclude_each_other_do_not_overlap(one: str, other: str) -> None:
    book = reading.parse(entry(one) + entry(other, "*/tcp/*"), "ledger.toml")
    assert findings.overlapping(book, [CELL]) == []


def test_of_many_overlaps_some_are_told_and_the_rest_counted() -> None:
    book = reading.parse(entry() * 6, "ledger.toml")
    with pytest.raises(UsageError, match="and 7 more pairs"):
        findings.refuse_overlaps(book, [CELL, CELL._replace(id="push_pull/ipc/a:b")])


def test_a_version_that_no_range_speaks_of_is_in_none() -> None:
    (found,) = reading.parse(entry("where = { a = 'libzmq >=1' }"), "ledger.toml").entries
    (condition,) = found.where
    assert condition.holds({"libzmq": "7.36.2 (upb)"})
    assert condition.holds({"libzmq": "2.0.0-rc.1"})
    assert not condition.holds({"libzmq": "(devel)"})
    assert not condition.holds({"libzmq": ""})
    assert not condition.holds({})


def when(when: str, unless: str = "") -> str:
    """An entry; `when` is on line 2, and `unless` on line 3."""
    return (
        f"[[failure]]\nwhen = {when}\n" + (f"unless = {unless}\n" if unless else "") + "kind = 'lost'\nreason = 'x'\n"
    )


def test_an_entry_may_say_what_its_cells_have_in_common() -> None:
    (read,) = reading.parse(
        when(
            """[
    { scenario = ["req_rep", "req_correlate"], replier = "go-pure", transport = { not = ["ipc", "inproc"] } },
    { scenario = "multipart", receiver = "go-pure", pattern = "req-rep", shape = { not = "many" } },
]""",
            "{ requester = 'python-omq', binder = 'requester' }",
        ),
        "ledger.toml",
    ).entries
    one = Values(("go-pure",))
    assert read.scope == Causes(
        when=(
            Cause(
                {
                    "scenario": Values(("req_rep", "req_correlate")),
                    "replier": one,
                    "transport": Values(("ipc", "inproc"), others=True),
                }
            ),
            Cause(
                {
                    "scenario": Values(("multipart",)),
                    "receiver": one,
                    "pattern": Values(("req-rep",)),
                    "shape": Values(("many",), others=True),
                }
            ),
        ),
        unless=(Cause({"requester": Values(("python-omq",)), "binder": Values(("requester",))}),),
    )


@pytest.mark.parametrize(
    ("cause", "unless", "complaint", "hint"),
    [
        ("{ replier = 'a' }", "", "2: `when`: a cause names no scenario", "scenario ="),
        ("{ scenario = { not = 'req_rep' } }", "", "2: `when`: a cause names its scenarios", ""),
        ("{ scenario = 'req_repp' }", "", "2: `when`: there is no scenario 'req_repp'", "did you mean 'req_rep'?"),
        ("{ scenario = [] }", "", "2: `when`: 'scenario' has no value", ""),
        (
            "{ scenario = 'pair', replier = 'a' }",
            "",
            "2: `when`: pair has no role and no axis 'replier'",
            "one of binder",
        ),
        ("{ scenario = ['req_rep', 'pair'], replier = 'a' }", "", "2: `when`: pair has no role and no axis", ""),
        ("{ scenario = 'pair', rihgt = 'a' }", "", "'rihgt'", "did you mean 'right'?"),
        (
            "{ scenario = 'multipart', shape = 'mani' }",
            "",
            "'shape' is never 'mani' in multipart",
            "did you mean 'many'?",
        ),
        ("{ scenario = 'pair', transport = 'tpc' }", "", "'transport' is never 'tpc'", "did you mean 'tcp'?"),
        ("{ scenario = 'pair', binder = 'pusher' }", "", "'binder' is never 'pusher'", "one of left, right"),
        ("{ scenario = 'pair', left = { nor = 'a' } }", "", "'left' is neither a value, nor a list", "not"),
        ("{ scenario = 'pair', left = 7 }", "", "2: `when`: Expected", ""),
        (
            "[\n{ scenario = 'pair' },\n{ scenario = 'pairs' },\n]",
            "",
            "4: `when`: there is no scenario",
            "did you mean 'pair'?",
        ),
        ("[]", "", "2: `when` is empty", ""),
        ("{ scenario = 'pair' }", "[]", "3: `unless` is empty", ""),
        ("{ scenario = 'pair' }", "{ replier = 'a' }", "3: `unless`: pair has no role and no axis 'replier'", ""),
        ("{ scenario = 'pair' }", "{ scenario = 'req_rep' }", "3: `unless`: `when` does not speak of req_rep", ""),
        ("{ scenario = 'pair' }", "{ left = [] }", "3: `unless`: 'left' has no value", ""),
    ],
)
def test_a_word_that_no_cause_may_use_is_told_with_its_line(cause: str, unless: str, complaint: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        reading.parse(when(cause, unless), "ledger.toml")
    assert complaint in refused.value.message
    assert refused.value.message.startswith("ledger.toml:")
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (when("{ scenario = 'pair' }") + "cells = ['pair']", "2: the entry has both `cells` and `when`"),
        (when("{ scenario = 'pair' }") + "except = ['pair']", "5: `except` is of entries with `cells`"),
        (entry("unless = { left = 'a' }"), "5: `unless` is of entries with `when`"),
        ("[[failure]]\nkind='lost'\nreason='x'\n[failure.when]\nscenario='pair'", "1: `when` is no key of its own"),
    ],
)
def test_an_entry_says_in_one_way_which_cells_it_means(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=f"ledger.toml:{complaint}"):
        reading.parse(text, "ledger.toml")


def test_the_messages_of_users_are_no_words_of_the_project() -> None:
    (read,) = reading.parse(when("{ scenario = 'own_schemas', message = 'shop.Order' }"), "ledger.toml").entries
    assert read.scope.about("own_schemas")


EVERY = Every(scenarios.declared(), ("a", "b"))


@pytest.mark.parametrize(
    ("cause", "unless", "gone"),
    [
        ("{ scenario = ['pair', 'push_pull'] }", "", None),
        ("{ scenario = ['pub_sub', 'push_pull'], transport = 'epgm' }", "", 'matches scenario = "push_pull"; narrow'),
        (
            "{ scenario = 'pair', left = ['a', 'c'] }",
            "",
            'matches left = "c"; narrow it to when = { scenario = "pair", ',
        ),
        ("{ scenario = 'pair', left = { not = ['a', 'c'] } }", "", 'matches left = "c"; narrow it to when'),
        ("{ scenario = 'pair', left = { not = 'c' } }", "", 'narrow it to when = { scenario = "pair" }'),
        ("{ scenario = 'pair', left = 'c' }", "", "it matches no cell of a run with --all; delete"),
        (
            "[{ scenario = 'pair' }, { scenario = 'pair', left = 'c' }]",
            "",
            'matches { scenario = "pair", left = "c" };',
        ),
        (
            "{ scenario = 'pair' }",
            "{ left = 'c' }",
            'matches { left = "c" }; narrow it to when = { scenario = "pair" }',
        ),
        ("{ scenario = 'pair', transport = 'tcp' }", "{ transport = 'ipc' }", 'matches { transport = "ipc" };'),
        ("{ scenario = 'pair' }", "{ scenario = 'pair' }", "it matches no cell of a run with --all; delete"),
        ("{ scenario = 'pair', transport = 'inproc', left = 'a', right = 'b' }", "", "it matches no cell"),
    ],
)
def test_what_of_a_cause_no_cell_is_is_stale(cause: str, unless: str, gone: str | None) -> None:
    found = findings.find(reading.parse(when(cause, unless), "ledger.toml"), EVERY).problems
    assert [gone for one in found if gone and gone in str(one)] == ([gone] if gone else [])
    assert len(found) == bool(gone)
