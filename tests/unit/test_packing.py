"""How a report is packed into report.html. What becomes of it in a browser: tests/page."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit import logs
from zmq_interop.core.events import Operation
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import page
from zmq_interop.results.report.page import packing


def unpacked(chunk: str) -> list[dict[str, Any]]:
    """The details of the cells of a chunk."""
    found: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(chunk), -zlib.MAX_WBITS))
    return found


def many(count: int, size: int) -> list[Operation]:
    return [
        Operation(at=at, took=1, instance="a-1", lane=0, call="send", asked="x" * size, answered="done")
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("cells", "said", "state"),
    [
        ([], "Everything as expected", "good"),
        ([logs.failed()], "1 cell fails", "bad"),
        ([logs.failed(), logs.failed("push_pull/ipc/a:b")], "2 cells fail", "bad"),
        ([logs.cell(verdict=Verdict.BROKEN, reason="it died")], "1 could not be judged", "bad"),
        ([logs.cell(verdict=Verdict.KNOWN, kind=Kind.LOST, reason="known")], "Everything as expected", "good"),
    ],
)
def test_the_headline_says_what_became_of_it(tmp_path: Path, cells: list[Any], said: str, state: str) -> None:
    report = logs.report(tmp_path, *cells)
    assert (packing.headline(report), packing.state(report)) == (said, state)


def test_texts_that_cells_share_stand_once(tmp_path: Path) -> None:
    cells = [logs.failed(f"push_pull/{transport}/a:b", got="a long text") for transport in ("tcp", "ipc")]
    data, _ = packing.pack(logs.report(tmp_path, *cells))
    assert data.count(b"a long text") == 1
    shared, rows = (msgspec.json.decode(data)[name] for name in ("shared", "cells"))
    assert [shared[row[2]] for row in rows] == ["tcp", "ipc"]
    assert {shared[row[9]] for row in rows} == {"a long text"}


def test_each_chunk_begins_with_the_cell_that_the_data_say(tmp_path: Path) -> None:
    cells = [logs.cell(f"push_pull/tcp/v{at}/a:b", operations=many(9, packing.CHUNK // 30)) for at in range(20)]
    data, chunks = packing.pack(logs.report(tmp_path, *cells))
    firsts = msgspec.json.decode(data)["chunks"]
    assert len(chunks) == len(firsts) > 2
    for first, chunk in zip(firsts, chunks, strict=True):
        assert unpacked(chunk)[0]["again"] == f"./interop run push_pull/tcp/v{first}/a:b"
    assert sum(len(unpacked(chunk)) for chunk in chunks) == 20


def test_of_a_cell_with_very_many_operations_those_in_the_middle_are_left_out(tmp_path: Path) -> None:
    count = packing.FIRST + packing.LAST + 7
    _, chunks = packing.pack(logs.report(tmp_path, logs.cell(operations=many(count, 1))))
    (found,) = unpacked(chunks[0])
    assert found["skipped"] == 7
    assert [one[0] for one in found["operations"][packing.FIRST - 1 : packing.FIRST + 1]] == [
        packing.FIRST - 1,
        packing.FIRST + 7,
    ]


def test_the_page_of_an_empty_report_is_one(tmp_path: Path) -> None:
    assert "Everything as expected" in page.render(logs.report(tmp_path))


def test_the_data_are_ascii_and_no_markup(tmp_path: Path) -> None:
    nasty = "</script><!--<script>\u2028\u202e\u05d0\U0001f600\x00&"
    text = page.render(logs.report(tmp_path, logs.failed(got=nasty)))
    found = re.findall(r'<script type="application/json" id="data">(.*)</script>', text)
    assert len(found) == 1
    assert found[0].isascii()
    assert not set("<>&") & set(found[0])
    assert nasty in json.loads(found[0])["shared"]


def test_the_script_imports_nothing_and_no_name_is_there_twice(tmp_path: Path) -> None:
    script = page.render(logs.report(tmp_path)).partition('<script type="module">')[2]
    assert not re.findall(r"^(?:import|export)\b.*", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script, re.MULTILINE)
    assert sorted(set(names)) == sorted(names)
