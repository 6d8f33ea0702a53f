"""A cell whose bytes were kept, opened: the wire stands between the operations of both sides."""

from __future__ import annotations

from pathlib import Path

from tests.page.browser import Browser
from tests.page.conftest import shot, written
from tests.unit import logs
from zmq_interop.core.events import Operation, Wire
from zmq_interop.core.transcript import BINDER, CONNECTOR, Connection, End, Field, Payload, Segment, Transcript
from zmq_interop.core.verdicts import Kind, Verdict

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)
ID = "push_pull/tcp/a:b"


def told(replay: bool) -> Wire:
    segments = [
        Segment(side=CONNECTOR, at=100, data=GREETING),
        Segment(side=BINDER, at=200, data=GREETING),
        Segment(side=CONNECTOR, at=300, data=b"\x00\x02\x10\x05"),
        Segment(side=BINDER, at=350, data=b"<script>" + logs.HOSTILE.encode()),
    ]
    connection = Connection(
        connector="one", binder="other", at=50, segments=segments, ends=[End(side=CONNECTOR, at=400)]
    )
    fields = [Field(offset=0, size=2, number=2, wire="VARINT", name="timestamp", value="5")]
    payload = Payload(connection=0, side=CONNECTOR, offset=64, message="shop.Order", fields=fields)
    operations = [
        Operation(at=90, took=1, instance=f"{name}-2", lane=0, call=call, asked="1", answered="done")
        for name, call in (("a", "send"), ("b", "receive"))
    ]
    return Wire(
        id=ID,
        transcript=Transcript(connections=[connection], payloads=[payload], untapped=["one link had no relay"]),
        replay=replay,
        verdict=Verdict.FAIL if replay else None,
        kind=Kind.LOST if replay else None,
        instances={"one": "a-2", "other": "b-2"} if replay else {},
        operations=operations if replay else [],
    )


def opened(browser: Browser, folder: Path, *, replay: bool) -> list[list[str]]:
    """The texts of the wire's table, row by row."""
    page = written(logs.report(folder, told(replay), logs.failed(ID)), folder)
    browser.open(page, f"#cell={ID}")
    browser.until("document.querySelector('#cell .wire')")
    rows: list[list[str]] = browser.js(
        "[...document.querySelectorAll('#cell .wire tr')].map((row) => [...row.cells].map((one) => one.innerText))"
    )
    assert browser.complaints() == []
    return rows


def test_the_wire_is_between_the_operations_of_the_play_that_it_is_of(browser: Browser, tmp_path: Path) -> None:
    head, *rows = opened(browser, tmp_path, replay=True)
    assert head == ["at ms", "one", "wire", "other"]
    left, right, greeting, other, frame, *_, end = rows
    assert "send" in left[1]
    assert left[2:] == ["", ""]
    assert "receive" in right[3]
    assert right[1:3] == ["", ""]
    assert greeting[2].startswith("→ 1 one: greeting of ZMTP 3.1, mechanism NULL")
    assert other[2].startswith("← 1 other: greeting of ZMTP 3.1")
    assert "message frame, 2 bytes" in frame[2]
    assert "00 02 10 05" in frame[2]
    assert "shop.Order:" in frame[2]
    assert "2 timestamp VARINT 5" in frame[2]
    assert end[:3] == ["0.40", "", "→ 1 one: closed its direction"]
    text = browser.js("document.querySelector('#cell section.wire').innerText")
    assert "Of a second play: the replay through relays failed the same way." in text
    assert "not tapped: one link had no relay" in text
    browser.js("document.querySelector('#cell section.wire').scrollIntoView()")
    shot(browser, "wire")


def test_the_play_with_the_verdict_has_its_own_operations(browser: Browser, tmp_path: Path) -> None:
    rows = opened(browser, tmp_path, replay=False)
    assert "open" in rows[1][1]
    assert "second play" not in browser.js("document.querySelector('#cell section.wire').innerText")


def test_it_is_readable_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    browser.size(390, 844)
    opened(browser, tmp_path, replay=True)
    assert browser.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    body = "document.getElementById('cell-body')"
    assert browser.js(f"{body}.scrollWidth <= {body}.clientWidth")
    browser.js("document.querySelector('#cell section.wire').scrollIntoView()")
    shot(browser, "wire-phone")
