"""What is wrong in a ledger is told with file and line, and with what is expected there."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from zmq_interop.core.verdicts import Kind
from zmq_interop.results import ledger
from zmq_interop.results.ledger import findings, reading
from zmq_interop.results.ledger.entry import Subject
from zmq_interop.results.ledger.rate import Rate
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
    assert first.cells == ("push_pull/*", "pair/tcp")
    assert first.but == ("*/a:a",)
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
        ("colour = 1", ":8: no entry has a key 'colour'"),
        ("cells = []", ":8: `cells` is empty"),
        ("cells = 'a'", ":8: `cells`: Expected `array`, got `str`"),
        ("cells = [1]", ":8: `cells`: Expected `str`, got `int`"),
        ("cells = ['a', '']", ":8: `cells`: '' is empty"),
        ("cells = ['push_pull/[tcp/*']", r":8: `cells`: 'push_pull/\[tcp/\*' has a \[ without its \]"),
        ("cells = ['/tcp/*']", "an empty part between slashes"),
        ("cells = ['a//b']", "an empty part between slashes"),
        ("cells = ['*/tcp/']", "ends with a slash"),
        ("cells = ['push_pull/tc?']", "fewer parts than an id"),
        ("except = []", ":8: `except` is empty"),
        ("except = ['[']", ":8: `except`: '\\[' has a \\["),
        ("kind = 'sad'", ":8: `kind`: .*'sad'"),
        ("kind = []", ":8: `kind` is empty"),
        ("reason = ' '", ":8: `reason` is empty"),
        ("url = 7", ":8: `url`: Expected `str`, got `int`"),
        ("flaky = 'often'", ":8: `flaky`: 'often' is no rate"),
        ("flaky = '5 of 5'", ":8: `flaky`: '5 of 5' is no rate"),
        ("flaky = '0 of 5'", ":8: `flaky`: '0 of 5' is no rate"),
        ("where = { a = 'libzmq 4.3.4' }", ":8: `where`: '4.3.4' is no range of versions of libzmq"),
        ("where = { a = '<4.3.4' }", ":8: `where`: '<4.3.4' is no library"),
        ("where = { a = '' }", ":8: `where`: '' is no library"),
        ("where = { a = 4 }", ":8: `where`: Expected `str`"),
        ("runtime = 'cellar'", ":8: `runtime`: there is no runtime 'cellar'"),
        ("expires = 'soon'", ":8: `expires`: Invalid RFC3339"),
        ("expires = 2030-01-31T10:00:00Z", ":8: `expires` has a time of the day"),
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
        ("[[failures]]\n", "failures is not what a ledger has"),
        ("failure = 7\n", "failure is not what a ledger has"),
        ("failure = [{ cells = ['a'], kind = 'lost', reason = 'x' }]\n", r"no \[\[failure\]\] of its own"),
        ("= 1", "ledger.toml: Invalid statement .at line 1"),
        ("\n[[failure]]\nkind = 'lost'\nreason = 'x'\n", "ledger.toml:2: the entry has no `cells`"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        reading.parse(text, "ledger.toml")


def test_a_message_says_what_is_expected() -> None:
    with pytest.raises(UsageError) as refused:
        reading.parse("[[failure]]\nflaky = 'often'\ncells = ['a']\nkind = 'lost'\nreason = 'x'\n", "ledger.toml")
    assert refused.value.hint == 'expected: how often they failed, of how many plays: "7 of 500"'


def test_a_file_that_was_named_must_be_there_and_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: there is no such file"):
        ledger.load(tmp_path / "nowhere.toml")
    with pytest.raises(UsageError, match="Is a directory"):
        ledger.load(tmp_path)
    (tmp_path / "latin").write_bytes(b"# caf\xe9\n")
    with pytest.raises(UsageError, match="is not UTF-8"):
        ledger.load(tmp_path / "latin")
    monkeypatch.setattr(reading, "KNOWN", tmp_path / "nowhere.toml")
    monkeypatch.setattr(reading, "LEDGER", tmp_path / "nowhere.toml")
    assert ledger.load().entries == ()


def test_an_installed_one_has_its_own_ledger_and_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "ours.toml", tmp_path / "theirs.toml"]
    for file in files:
        file.write_text(f'[[failure]]\ncells = ["push_pull/{file.stem}/c:go"]\nkind = "lost"\nreason = "why"\n')
    monkeypatch.setattr(reading, "KNOWN", files[0])
    monkeypatch.setattr(reading, "LEDGER", files[1])
    assert [entry.at for entry in ledger.load().entries] == [f"{file}:1" for file in files]
    assert [entry.at for entry in ledger.load(files[1]).entries] == [f"{files[1]}:1"]


def test_the_file_is_named_as_people_know_it() -> None:
    assert ledger.load().entries[0].at.startswith("known-failures.toml:")


CELL = Subject("push_pull/tcp/a:b", "push_pull", {"pusher": "a", "puller": "b"})


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
