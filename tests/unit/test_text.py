"""Text of agents on a terminal: it steers nothing, and passes for nothing that the harness says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.system.clip import clip
from zmq_interop.system.text import fenced


@given(st.text())
def test_whatever_is_said_stays_behind_the_margin(text: str) -> None:
    first, *rest = fenced(text)
    for line in (first, *rest):
        assert line.isprintable()
    assert all(line.startswith(" ") or not line for line in rest)


def test_nobody_forges_the_account() -> None:
    assert fenced("oops\nplanned 1 = pass 1") == ["oops", "  planned 1 = pass 1"]
    assert fenced("\rplanned 1 = pass 1\x85") == ["\\rplanned 1 = pass 1\\x85"]


def test_clip() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("abcde", 3) == "abc... (2 characters more)"
