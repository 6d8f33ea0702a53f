"""An agent's stderr: bounded on the disk and in memory, whatever it writes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.agents.runtimes import stderr
from zmq_interop.agents.runtimes.stderr import HEAD_BYTES, TAIL_BYTES, StderrLog


def test_a_flood_fills_a_bounded_file_and_a_bounded_tail(tmp_path: Path) -> None:
    log = StderrLog(tmp_path / "log")
    piece = b"flood!\n" * 1000
    flood = 16 * HEAD_BYTES
    while log.total < flood:
        log.feed(piece)
        assert len(log.tail(1 << 30)) <= 2 * TAIL_BYTES + len(piece)
    log.feed(b"last words\n")
    log.close()
    written = (tmp_path / "log").read_bytes()
    assert written.startswith(piece)
    assert b"[the rest is left out" in written
    assert len(written) < HEAD_BYTES + 100
    assert log.total >= flood
    assert log.tail(limit=18) == "flood!\nlast words\n"


def test_one_piece_larger_than_everything_is_cut_too(tmp_path: Path) -> None:
    log = StderrLog(tmp_path / "log")
    log.feed(bytes(2 * HEAD_BYTES))
    log.close()
    assert (tmp_path / "log").stat().st_size < HEAD_BYTES + 100
    assert len(log.tail(1 << 30)) <= 2 * TAIL_BYTES


@given(st.lists(st.binary(max_size=50)), st.integers(0, 60))
def test_what_came_after_a_mark_is_given_back(pieces: list[bytes], limit: int) -> None:
    log = StderrLog()
    for before, piece in enumerate(pieces):
        mark = log.total
        log.feed(piece)
        assert log.since(mark, limit) == piece[len(piece) - min(limit, len(piece)) :].decode("utf-8", "replace"), before
    everything = b"".join(pieces)
    assert log.since(0, 1 << 20) == everything.decode("utf-8", "replace")


def test_a_mark_that_was_flooded_over_gives_what_is_left() -> None:
    log = StderrLog()
    log.feed(b"x" * 10 * TAIL_BYTES)
    assert log.since(5, 1 << 30) == "x" * len(log.tail(1 << 30))
    assert len(log.tail(1 << 30)) >= TAIL_BYTES


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    log = StderrLog()
    log.feed(b"\xff\xfe ok")
    assert log.tail() == "\ufffd\ufffd ok"


def test_the_tail_stays_readable_after_the_end(tmp_path: Path) -> None:
    log = StderrLog(tmp_path / "log")
    log.feed(b"bye")
    log.close()
    log.close()
    log.feed(b"!")
    assert log.tail() == "bye!"
    assert stderr.HEAD_BYTES > stderr.TAIL_BYTES
