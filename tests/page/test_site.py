"""The site in a real Chromium: what it shows, at the width of a desk and of a phone, in light and in dark."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from selenium.webdriver.common.by import By

from tests.page.browser import Browser
from tests.page.conftest import shot
from tests.page.test_look import CONTRASTS, prefer
from tests.unit import logs
from zmq_interop.core.events import CellJudged, ScenarioText
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.site import writing

PEERS = ("c", "go", "python-system")
TEXT = ScenarioText(
    family="exchange",
    doc='What PUSH sends, PULL receives.\n\nRFC 30/PIPELINE, "The PUSH Socket Type": SHALL NOT discard messages.',
)
PAGES = ("index", "libraries", "scenarios", "findings", "rules", "runs", "scenario/push_pull", "library/c")
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


def cells(run: int) -> list[CellJudged]:
    """The cells of a run; from the third on one is lost, and another was lost before."""
    every = [
        logs.cell(f"{name}/{transport}/{one}:{other}")
        for name in ("push_pull", "req_rep", "pub_sub")
        for transport in ("tcp", "ipc")
        for one in PEERS
        for other in PEERS
    ]
    changed = {
        "push_pull/tcp/c:go": Verdict.FAIL if run >= 3 else Verdict.PASS,
        "req_rep/ipc/go:c": Verdict.FAIL if run < 2 else Verdict.PASS,
        "pub_sub/tcp/go:go": Verdict.KNOWN,
        "pub_sub/ipc/go:go": Verdict.UNSUPPORTED,
    }
    return [_with(one, changed.get(one.id, Verdict.PASS)) for one in every]


def _with(cell: CellJudged, verdict: Verdict) -> CellJudged:
    if verdict is Verdict.PASS:
        return cell
    told = {"kind": Kind.LOST, "expected": '["one"]', "got": "nothing", "reason": "libzmq loses it <b>here</b>"}
    return msgspec.structs.replace(cell, verdict=verdict, **told)


def run_log(folder: Path, run: int) -> Path:
    """The log of a run."""
    found = cells(run)
    started = msgspec.structs.replace(
        logs.STARTED, id=f"2026010{run + 1}-120000-run{run}", started=f"2026-01-0{run + 1}T12:00:00.000+00:00"
    )
    plan = logs.planned(found, full=True, scenarios={one.scenario: TEXT for one in found})
    seen = [logs.seen(name, libraries={"libzmq": "4.3.5" if run > 1 else "4.3.4"}) for name in PEERS]
    return logs.write(folder / started.id / "events.jsonl", [started, plan, *seen, *found, logs.ended(found)])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of five runs."""
    folder = tmp_path_factory.mktemp("site")
    for run in range(5):
        run_log(folder / "runs", run)
    writing.build(folder / "site", [folder / "runs"])
    return folder / "site"


def visit(browser: Browser, page: Path, hash: str = "") -> None:
    """Opens a page, of which nothing may be missing or refused."""
    browser.driver.get("about:blank")
    browser.complaints()
    browser.requests()
    browser.driver.get(page.as_uri() + hash)
    browser.until("document.readyState === 'complete'")
    assert browser.complaints() == []
    assert {one.partition(":")[0] for one in browser.requests()} == {"file"}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_each_page_can_be_read_and_fits(browser: Browser, site: Path, width: str, colours: str) -> None:
    browser.size(*WIDTHS[width])
    prefer(browser, colours)
    for name in PAGES:
        visit(browser, site / f"{name}.html")
        assert browser.js(CONTRASTS) == [], name
        assert browser.js("document.documentElement.scrollWidth <= innerWidth"), f"{name}: nothing lies beside the page"
        shot(browser, f"site-{name.replace('/', '-')}-{width}-{colours}")


def test_a_cell_has_an_address_that_tells_its_past(browser: Browser, site: Path) -> None:
    visit(browser, site / "scenario/push_pull.html", "#push_pull/tcp/c:go")
    told = browser.js("document.querySelector(':target').innerText")
    assert "fail (lost)" in told
    assert "since 2026-01-04 12:00" in told
    assert browser.js("document.querySelector(':target').getBoundingClientRect().top < innerHeight")
    parts = browser.js(
        "[...document.querySelectorAll(':target rect')].map(one => [one.classList[0], one.width.baseVal.value])"
    )
    assert parts == [["pass", 3], ["fail", 2]]
    browser.driver.find_element(By.CSS_SELECTOR, ":target summary").click()
    assert "pass from run 20260101-120000-run0" in browser.js("document.querySelector(':target').innerText")


def test_links_lead_to_pages_that_are_there(browser: Browser, site: Path) -> None:
    for path in sorted(site.rglob("*.html")):
        browser.driver.get(path.as_uri())
        for address in browser.js("[...document.querySelectorAll('a, img')].map(one => one.href || one.src)"):
            name, _, anchor = address.partition("#")
            target = Path(name.removeprefix("file://"))
            assert target.is_file(), f"{path.name}: {address}"
            if anchor and target == path:
                assert browser.js("document.getElementById(arguments[0]) !== null", anchor), f"{path.name}: {address}"


def test_what_a_log_says_is_never_markup(browser: Browser, tmp_path: Path) -> None:
    report = logs.hostile(tmp_path / "run")
    writing.build(tmp_path / "site", [path.parent for path in report.paths])
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 8
    for path in pages:
        visit(browser, path)
        assert browser.js("document.querySelectorAll('script, iframe, main img:not([src*=badge])').length") == 0
        assert browser.js("document.title") != "evil"
