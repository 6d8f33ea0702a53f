"""Dialogues in valid bytes that no encoder writes: a program that decodes them answers as declared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.programs.conftest import CONFIG, WIRES, played
from zmq_interop.core.verdicts import Kind, Verdict

DATA = "interop.payload.v1.DataMessage"
# DataMessage: the defaults of both fields, then timestamp 5 in two bytes and content "a".
ODD = b"\x0a\x00\x10\x00"


def test_only_a_program_that_takes_fields_by_their_place_is_red_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_PYTHON", sys.executable)
    cells = played(tmp_path, CONFIG.with_name("robust.toml"), "relay", "by-hand", wire=True)
    red = "by-hand:content/tcp/odd-bytes/python"
    assert set(cells) == {red, "by-hand:content/tcp/python", "relay:same/tcp/python", "relay:same/tcp/odd-bytes/python"}
    told = {
        id: (cell.expected, cell.got, cell.reason) for id, cell in cells.items() if cell.verdict is not Verdict.PASS
    }
    assert set(told) == {red}, told
    assert (cells[red].verdict, cells[red].kind) == (Verdict.FAIL, Kind.ALTERED)
    assert f'step 2 on out: {DATA}.content (field 1): "a"' in cells[red].expected
    for id, wire in WIRES.items():
        if id in cells:
            sent = b"".join(segment.data for one in wire.transcript.connections for segment in one.segments)
            assert (ODD in sent) is ("odd-bytes" in id)
