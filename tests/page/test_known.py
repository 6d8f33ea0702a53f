"""What the page says of what was tested, and of failures that are known."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.common.by import By

from tests.page.browser import Browser
from tests.page.conftest import shot, written
from tests.unit import logs
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report.reading import Report

URL = "docs/findings.md#protobuf-c-drops-negative-zero"
FINDINGS = "[...document.querySelectorAll('#findings .library')].map(one => one.querySelector('summary').textContent)"


def known(folder: Path) -> Report:
    """Known failures of two libraries, in three findings."""
    peers = ("c", "go", "python")
    libraries = {"c": {"libzmq": "4.3.5", "protobuf-c": "1.5.1"}, "python": {"pyomq": "0.21.0", "protobuf": "7.36"}}
    of = [
        ("protobuf-c drops -0.0", URL, 3),
        ("pyomq: REP takes the last frame", "https://example.org/7", 2),
        ("pyomq: poll() sees nothing", "docs/../../elsewhere.md", 1),
    ]
    cells = [
        logs.cell(f"x{at}/tcp/{one}:c", Verdict.KNOWN, kind=Kind.LOST, reason=reason, url=url)
        for at, (reason, url, count) in enumerate(of)
        for one in peers[:count]
    ]
    seen = [logs.seen(name, libraries=libraries.get(name, {"libzmq": "4.3.5"})) for name in peers]
    return logs.report(folder, *seen, logs.cell("x9/tcp/c:c"), *cells)


def test_the_head_says_what_was_tested_and_the_foot_how_it_was_run(browser: Browser, page: Path) -> None:
    browser.open(page)
    head, foot = (browser.js(f"document.querySelector('{css}').innerText") for css in ("header", "footer"))
    assert "Interop of ZeroMQ and Protocol Buffers" in head
    assert "4 scenarios between 3 peers · over inproc, ipc, tcp · runtime process · 2026-01-01 00:00 UTC" in head
    assert "python C 17, libzmq 4.3.5" in head
    assert "harness 0.1.0" not in head
    assert "./interop run · 1.5 s · Linux · harness 0.1.0" in foot


def test_the_commit_is_told_where_git_tells_it(browser: Browser, page: Path) -> None:
    browser.open(page)
    commit = browser.js("JSON.parse(document.getElementById('data').textContent).commit")
    head = browser.js("document.getElementById('tested').textContent")
    assert ("commit" in head) is bool(commit)
    assert commit[:12] in head


def test_known_failures_stand_by_library_and_finding(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(known(tmp_path), tmp_path))
    assert browser.js(FINDINGS) == ["protobuf-c 3 cells, 1 finding", "pyomq 3 cells, 2 findings"]
    browser.driver.find_element(By.CSS_SELECTOR, ".library:nth-child(2) > summary").click()
    browser.driver.find_element(By.CSS_SELECTOR, ".library:nth-child(2) button.words").click()
    assert browser.js("location.hash") == "#finding=2"
    assert browser.js("document.getElementById('count').textContent") == "2 of 7 cells"
    assert browser.js("document.querySelectorAll('#findings [aria-pressed=true]').length") == 1
    shot(browser, "known")


def test_a_finding_of_the_project_is_in_the_page_and_others_are_links_or_paths(
    browser: Browser, tmp_path: Path
) -> None:
    browser.open(written(known(tmp_path), tmp_path))
    told = browser.js("[...document.querySelectorAll('#findings li')].map(one => one.textContent)")
    assert "protobuf-c drops negative zero" in told[0]
    assert "protobuf-c compares with ==" in told[0]
    assert browser.js("document.querySelector('#findings a').href") == "https://example.org/7"
    assert told[2].endswith("docs/../../elsewhere.md")
    browser.open(written(known(tmp_path), tmp_path), "#cell=x0/tcp/c:c")
    browser.until("document.querySelector('#cell-again code')")
    assert "protobuf-c compares with ==" in browser.js("document.getElementById('cell-facts').textContent")
    assert browser.complaints() == []


def test_a_phone_is_told_that_the_matrix_goes_on_until_it_has_been_pushed(browser: Browser, tmp_path: Path) -> None:
    peers = ["c", "cpp", "go", "go-pure", "python", "python-omq", "python-system"]
    cells = [logs.cell(f"x/tcp/{one}:{other}") for one in peers for other in peers]
    path = written(logs.report(tmp_path, *cells), tmp_path)
    hidden = "document.getElementById('sideways').hidden"
    browser.open(path)
    assert browser.js(hidden)
    browser.size(360, 740)
    browser.open(path)
    assert not browser.js(hidden)
    shot(browser, "phone-matrix")
    browser.js("document.getElementById('table-window').scrollTo(9999, 0) && null")
    browser.until(hidden)
