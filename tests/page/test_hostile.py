"""What peers say is shown and never obeyed, whatever it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.page.browser import Browser
from tests.page.conftest import written
from tests.unit import logs
from zmq_interop.core.events import Event, Incident, Operation, PeerLost, Planned
from zmq_interop.results.report import page as pages
from zmq_interop.results.report.reading import Report, read_logs

NASTY = (
    "<script>globalThis.taken = 1</script><!--<img src=x onerror='taken=1'></script><script>taken=1//"
    "]]>&lt;&quot;\"'`$style ${taken=1}\u2028\u2029"
    "\x1b[31m\x1b]0;title\x07\x00\x9b\u202etxt.exe\u2066\u200b\ufeff\U000e0041 \r\n a\tb\x7f \u05d0\u05d1"
)
SHOWN = (
    "<script>globalThis.taken = 1</script>",
    "␛[31m",
    "␇",
    "␀",
    "\\u{9b}",
    "\\u{202e}txt.exe",
    "\\u{200b}",
    "\\u{e0041}",
)
OWN = "c"


@pytest.fixture
def hostile(tmp_path: Path) -> Report:
    """Nothing in it is what it should be but the structure; only the cell's id is one that a plan can have."""
    cell = logs.failed(
        scenario=NASTY,
        transport=NASTY,
        binder=NASTY,
        roles={NASTY: NASTY, "other": NASTY + "2"},
        values={NASTY: NASTY, "__proto__": "x"},
        expected=NASTY,
        got=NASTY[::-1],
        reason=NASTY,
        url="javascript:globalThis.taken=1",
        instances={NASTY: NASTY, "other": "b-1"},
        operations=[Operation(at=1, took=2, instance=NASTY, lane=1, call=NASTY, asked=NASTY, answered=NASTY)],
        stderr={NASTY: NASTY},
    )
    texts = {NASTY: logs.TEXT, "push_pull": logs.TEXT}
    events: list[Event] = [
        logs.STARTED,
        Planned(cells=[cell.id], scenarios=texts),
        logs.seen(NASTY, language=NASTY, libraries={NASTY: NASTY}, runtime=NASTY),
        PeerLost(name=NASTY, reason=NASTY, hint=NASTY, detail=NASTY),
        Incident(instance=NASTY, reason=NASTY, ended=NASTY, cells=[], stderr=NASTY),
        cell,
        logs.ended([cell], problems=[NASTY]),
    ]
    return read_logs([logs.write(tmp_path / "events.jsonl", events)])


def test_nothing_of_it_becomes_an_element_or_a_script(browser: Browser, hostile: Report, tmp_path: Path) -> None:
    page = written(hostile, tmp_path)
    browser.open(page, "#cell=push_pull/tcp/a:b")
    browser.until("document.querySelector('#cell-again code')")
    assert browser.js("globalThis.taken") is None
    assert browser.js("document.querySelectorAll('img, iframe, object, embed, svg, link, base').length") == 0
    assert browser.js("[...document.scripts].map(one => one.type)") == ["application/json", "text/plain", "module"]
    assert browser.js(
        "[...document.querySelectorAll('*')].every(one => !one.getAttributeNames().some(n => /^on/.test(n)))"
    )
    assert browser.js("document.querySelectorAll('#cell .reason a').length") == 0, "a link to javascript:"
    assert browser.complaints() == []
    assert browser.requests()[0].startswith(page.as_uri())
    assert len(browser.requests()) == 0


@pytest.mark.parametrize("where", [".got pre", ".stderr pre", "#problems", ".timeline", ".parties", ".choices"])
def test_what_cannot_be_seen_is_shown(browser: Browser, hostile: Report, tmp_path: Path, where: str) -> None:
    browser.open(written(hostile, tmp_path), "#cell=push_pull/tcp/a:b")
    browser.until("document.querySelector('#cell-again code')")
    told = browser.js("document.querySelector(arguments[0]).textContent", where.replace(".got", ".expected"))
    assert [text for text in SHOWN if text not in told] == []


def test_nothing_invisible_reaches_the_page(browser: Browser, hostile: Report, tmp_path: Path) -> None:
    browser.open(written(hostile, tmp_path), "#cell=push_pull/tcp/a:b")
    browser.until("document.querySelector('#cell-again code')")
    told = browser.js(
        "document.documentElement.textContent + [...document.querySelectorAll('*')]"
        ".map(one => (one.title ?? '') + one.getAttribute('aria-label')).join()"
    )  # with the data, which are not shown
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", told) == []


def test_the_file_has_no_markup_but_ours(hostile: Report) -> None:
    text = pages.render(hostile)
    assert len(re.findall(r"<script\b", text)) == len(re.findall(r"</script>", text)) == 3
    assert "<!--" not in text
    assert "<img" not in text
    assert "\u2028" not in text


def test_the_policy_of_the_page_refuses_what_is_not_its_script(browser: Browser, page: Path) -> None:
    browser.open(page)
    add = """(() => { const one = document.createElement('script'); one.textContent = 'globalThis.taken = 1';
        document.body.append(one) })()"""
    with pytest.raises(Exception, match="TrustedScript"):
        browser.js(add)
    with pytest.raises(Exception, match="TrustedHTML"):
        browser.js("document.body.innerHTML = '<img src=x>'")
    browser.js("""fetch('https://example.org/').catch(() => { globalThis.refused = 1 }) && null""")
    browser.until("globalThis.refused === 1")
    assert browser.js("globalThis.taken") is None
    assert browser.requests() == [page.as_uri()]
    browser.complaints()
