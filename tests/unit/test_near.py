"""What a misspelt name is taken for."""

from __future__ import annotations

import pytest

from zmq_interop.system import near

IDS = {
    "push_pull": ["push_pull/tcp/c:go", "push_pull/tcp/large/c:go", "push_pull/ipc/go:c"],
    "pub_sub": ["pub_sub/tcp/c:go"],
}


def test_the_nearest_name_comes_before_what_is_said_otherwise() -> None:
    assert near.hint("pyton", ["c", "python", "go"], "peers: c") == "did you mean 'python'? peers: c"
    assert near.hint("zzz", ["c", "python"], "peers: c") == "peers: c"
    assert near.hint("zzz", []) == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [("C", "c"), ("Go", "go"), ("golang", "go"), ("py", "python"), ("g", "go"), ("cplusplus", ""), ("rust", "")],
)
def test_case_does_not_count_and_a_beginning_is_alike(word: str, meant: str) -> None:
    assert near.name(word, ["c", "go", "go-pure", "python", "python-omq"]) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("push_pll", "push_pull"),
        ("pubsub/tcp/c:go", "pub_sub/tcp/c:go"),
        ("push_pull/tpc", "push_pull/tcp"),
        ("push_pull/tcp/lrge/c:go", "push_pull/tcp/large"),
        ("push_pull/tcp/c:goo", "push_pull/tcp/c:go"),
        ("push_pull/tcp/c:rust", ""),
        ("zzz", ""),
        ("push_pull/tcp/c:go/more", ""),
        ("push_pull/tcp/go:c", ""),
        ("", ""),
        ("PUSH_PULL", "push_pull"),
        ("push_pull/*/c:goo", "push_pull/*/c:go"),
        ("*/tpc/*", "*/tcp/*"),
        ("*/C:*", "*/c:*"),
        ("*/zzz/*", ""),
        ("pub_sub/zzz/*", ""),
    ],
)
def test_of_an_id_the_first_part_that_is_not_there_is_the_misspelt_one(text: str, meant: str) -> None:
    assert near.pattern(text, IDS, ["c", "go"]) == meant
