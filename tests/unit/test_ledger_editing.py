"""Changing a ledger's text leaves all that is not meant as it was: other entries, comments, order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.core.verdicts import Kind
from zmq_interop.results.ledger import editing, reading
from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.findings import Finding
from zmq_interop.results.ledger.scope import Cause, Causes, Patterns, Values

PATTERN = st.sampled_from(["push_pull/*", "pair", "*/tcp/*", "req_rep/ipc/*/go:*", f"{'long_' * 30}/*"])
PATTERNS = st.builds(
    Patterns,
    cells=st.lists(PATTERN, min_size=1, max_size=4, unique=True).map(tuple),
    but=st.lists(PATTERN, max_size=2, unique=True).map(tuple),
)
ROLE = st.sampled_from(["replier", "requester"])
VALUES = st.builds(
    Values, st.lists(st.sampled_from(["a", "go-pure", "z" * 50]), min_size=1, unique=True).map(tuple), st.booleans()
)
CAUSE = st.dictionaries(ROLE, VALUES, max_size=2).map(lambda facts: Cause({"scenario": Values(("req_rep",)), **facts}))
CAUSES = st.builds(
    Causes,
    when=st.lists(CAUSE, min_size=1, max_size=3).map(tuple),
    unless=st.lists(CAUSE, max_size=2).map(tuple),
)
SCOPE = PATTERNS | CAUSES
TEXT = st.text(min_size=1).filter(str.strip)
ENTRY = st.builds(
    Entry,
    scope=SCOPE,
    kinds=st.lists(st.sampled_from(Kind), min_size=1, unique=True).map(tuple),
    reason=TEXT,
    url=st.sampled_from(["", "docs/findings.md#one"]),
)
COMMENTS = st.lists(st.sampled_from(["# about the next", "#", "", "# [[failure]]", '# """']), max_size=3)
HEAD = "# The ledger.\n\n"


def same(one: Entry, other: Entry) -> bool:
    return (one.scope, one.kinds, one.reason, one.url) == (other.scope, other.kinds, other.reason, other.url)


def written(entries: list[Entry], comments: list[list[str]]) -> str:
    text = HEAD
    for entry, above in zip(entries, comments, strict=True):
        text += "".join(f"{line}\n" for line in above) + editing.add("", entry) + "\n"
    return text


BOOK = st.lists(st.tuples(ENTRY, COMMENTS), min_size=1, max_size=5)


@given(BOOK, ENTRY)
def test_what_is_added_can_be_read_and_stands_last(book: list[tuple[Entry, list[str]]], new: Entry) -> None:
    text = written([entry for entry, _ in book], [above for _, above in book])
    grown = editing.add(text, new)
    assert grown.startswith(text.rstrip("\n"))
    entries = reading.parse(grown, "ledger.toml").entries
    assert same(entries[-1], new)
    assert len(entries) == len(book) + 1


@given(BOOK, st.data())
def test_what_is_not_meant_stays(book: list[tuple[Entry, list[str]]], data: st.DataObject) -> None:
    text = written([entry for entry, _ in book], [above for _, above in book])
    before = reading.parse(text, "ledger.toml")
    findings, expected = [], []
    for entry in before.entries:
        fate = data.draw(st.sampled_from(["stay", "go", "narrow"]))
        if fate == "go":
            findings.append(Finding(entry=entry, what="fixed"))
            continue
        scope = data.draw(SCOPE) if fate == "narrow" else entry.scope
        if fate == "narrow":
            findings.append(Finding(entry=entry, what="too broad", scope=scope))
        expected.append(Entry(scope=scope, kinds=entry.kinds, reason=entry.reason, url=entry.url))
    changed = editing.apply(text, before, findings)
    assert changed.startswith(HEAD.rstrip("\n"))
    after = reading.parse(changed, "ledger.toml").entries
    assert len(after) == len(expected)
    assert all(map(same, after, expected))
    if not findings:
        assert changed.rstrip("\n") == text.rstrip("\n")


TWO = """\
# The ledger.

# About the first.
[[failure]]
cells = ["push_pull/*", "pair/*"]  # two
except = ["pair/tcp"]
kind = "lost"
reason = "one"

# About the second,
# in two lines.
[[failure]]
kind = "hung"
cells = [
    "req_rep/*",  # this one
]
reason = "two"
# the end of the second
"""


def test_an_entry_goes_with_its_own_comment_and_no_other() -> None:
    book = reading.parse(TWO, "ledger.toml")
    first, second = book.entries
    assert (
        editing.apply(TWO, book, [Finding(entry=first, what="")])
        == TWO[: TWO.index("# About the f")] + TWO[TWO.index("# About the s") :]
    )
    assert editing.apply(TWO, book, [Finding(entry=second, what="")]) == TWO[: TWO.index("\n# About the s")]


def test_narrowing_changes_the_patterns_alone() -> None:
    book = reading.parse(TWO, "ledger.toml")
    narrow = [
        Finding(entry=book.entries[0], what="", scope=Patterns(cells=("pair/ipc/*",))),
        Finding(entry=book.entries[1], what="", scope=Patterns(cells=("b",))),
    ]
    changed = editing.apply(TWO, book, narrow)
    assert changed == TWO.replace(
        'cells = ["push_pull/*", "pair/*"]  # two\nexcept = ["pair/tcp"]', 'cells = ["pair/ipc/*"]'
    ).replace('cells = [\n    "req_rep/*",  # this one\n]', 'cells = ["b"]')
    keeping = Finding(entry=book.entries[0], what="", scope=Patterns(cells=("pair/*",), but=("pair/tcp",)))
    assert 'cells = ["pair/*"]\nexcept = ["pair/tcp"]\n' in editing.apply(TWO, book, [keeping])


def test_causes_take_the_place_of_patterns_and_long_ones_take_lines() -> None:
    book = reading.parse(TWO, "ledger.toml")
    many = Values(tuple(f"{'long-' * 8}{number}" for number in range(4)))
    causes = Causes(
        when=(
            Cause({"scenario": Values(("push_pull",)), "pusher": Values(("c",), others=True)}),
            Cause({"scenario": Values(("pair",)), "left": many}),
        ),
        unless=(Cause({"transport": Values(("ipc", "inproc"))}),),
    )
    changed = editing.apply(TWO, book, [Finding(entry=book.entries[0], what="", scope=causes)])
    written = """\
when = [
    { scenario = "push_pull", pusher = { not = "c" } },
    { scenario = "pair", left = [
        "long-long-long-long-long-long-long-long-0", "long-long-long-long-long-long-long-long-1",
        "long-long-long-long-long-long-long-long-2", "long-long-long-long-long-long-long-long-3",
    ] },
]
unless = { transport = ["ipc", "inproc"] }
"""
    assert changed == TWO.replace(
        'cells = ["push_pull/*", "pair/*"]  # two\nexcept = ["pair/tcp"]\n',
        written,
    )
    (first, _) = reading.parse(changed, "ledger.toml").entries
    assert first.scope == causes
