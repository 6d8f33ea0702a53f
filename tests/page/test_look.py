"""How the page looks and how it sounds: colours, widths, paper, and what a screen reader is told."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.ci.runner import load
from tests.page import worlds
from tests.page.browser import Browser
from tests.page.conftest import SCREENSHOTS, shot, written
from tests.unit import logs
from zmq_interop.system.paths import ROOT

CELL = "#cell=pub_sub/tcp/c:go"
THEME = "document.documentElement.dataset.theme"
# The least contrast of texts with what is behind them, as WCAG 2.2, 1.4.3 has it; backgrounds are those of ancestors.
CONTRASTS = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour, below) => {
    canvas.fillStyle = below; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor);
    return layers.reduce((below, colour) => `rgb(${rgba(colour, below).slice(0, 3)})`, 'white');
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(one => one.nodeType === 3 && one.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('script')) continue;
    const below = behind(element);
    const [a, b] = [light(rgba(getComputedStyle(element).color, below)), light(rgba(below, 'white'))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.tagName} ${element.className}: ${element.textContent}`);
  }
  return found;
})()"""


def test_ci_keeps_the_screenshots() -> None:
    job = load(ROOT / ".github/workflows/interop.yml")["jobs"]["page"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["./interop test tests/page"]
    assert ROOT / job["steps"][-1]["with"]["path"] == SCREENSHOTS


def prefer(browser: Browser, colours: str, media: str = "") -> None:
    """What the reader's system prefers."""
    features = [{"name": "prefers-color-scheme", "value": colours}]
    browser.cdp("Emulation.setEmulatedMedia", media=media, features=features)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_colours_are_those_of_the_system_and_can_be_read(browser: Browser, page: Path, colours: str) -> None:
    prefer(browser, colours)
    for hash in ("", CELL, "#view=scenarios&verdict=fail"):
        browser.open(page, hash)
        assert browser.js(THEME) == colours
        assert browser.js(CONTRASTS) == [], hash
    browser.open(page)
    shot(browser, colours)
    browser.open(page, CELL)
    browser.until("document.querySelector('#cell-again code')")
    shot(browser, f"{colours}-cell")


def test_the_reader_can_have_other_colours_and_keeps_them(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.ID, "theme").click()
    assert browser.js(THEME) == "dark"
    browser.open(page)
    assert browser.js(THEME) == "dark"
    browser.driver.find_element(By.ID, "theme").click()
    browser.js("localStorage.clear()")


def test_no_verdict_is_told_by_colour_alone(browser: Browser, page: Path) -> None:
    browser.open(page)
    badges = browser.js("[...document.querySelectorAll('.row .badge')].map(one => one.textContent)")
    assert badges[:5] == ["✕fail", "✕fail", "!broken", "↑fixed", "≈known"]
    field = "document.querySelector('#table td[data-row=c][data-column=go]')"
    assert browser.js(f"{field}.innerText.split(/\\s+/)") == ["6", "✕1"]


@pytest.mark.parametrize("hash", ["", "#view=scenarios", CELL])
def test_a_phone_needs_no_scrolling_sideways(browser: Browser, page: Path, hash: str) -> None:
    browser.size(360, 740)
    browser.open(page, hash)
    if hash == CELL:
        browser.until("document.querySelector('#cell-again code')")
        assert browser.js("(one => one.scrollWidth <= one.clientWidth)(document.getElementById('cell-body'))")
    assert browser.js("document.documentElement.scrollWidth") == 360
    shot(browser, "phone" + {"": "", CELL: "-cell"}.get(hash, "-scenarios"))


def test_hostile_words_without_a_space_widen_nothing(browser: Browser, tmp_path: Path) -> None:
    report = worlds.small(tmp_path)
    browser.size(360, 740)
    browser.open(written(report, tmp_path), "#cell=pub_sub/tcp/c:go")
    browser.js("document.querySelector('.expected pre').textContent = 'W'.repeat(2000) && null")
    assert browser.js("document.documentElement.scrollWidth") == 360


def test_on_paper_it_is_light_and_whole(browser: Browser, page: Path) -> None:
    prefer(browser, "dark")
    browser.open(page)
    pdf = base64.b64decode(browser.cdp("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    assert browser.js(THEME) == "dark", "after printing it is as before"
    browser.js("dispatchEvent(new Event('beforeprint')) && null")
    prefer(browser, "dark", media="print")
    assert browser.js(THEME) == "light"
    assert browser.js("document.querySelectorAll('.row').length") == 60
    assert browser.js("getComputedStyle(document.querySelector('.row')).position") == "static"
    assert not browser.js("document.getElementById('filters').checkVisibility()")
    browser.js("dispatchEvent(new Event('afterprint')) && null")


def nodes(browser: Browser) -> list[dict[str, Any]]:
    """What Chromium tells a screen reader: role, name and properties of each node."""
    browser.cdp("Accessibility.enable")
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    browser.cdp("Accessibility.disable")
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            **{one["name"]: one["value"].get("value") for one in node.get("properties", [])},
        }
        for node in tree
        if not node.get("ignored")
    ]


def test_a_screen_reader_is_told_roles_and_names(browser: Browser, page: Path) -> None:
    browser.open(page)
    told = nodes(browser)
    found = {(node["role"], node["name"]) for node in told}
    expected = {
        ("heading", "2 cells fail, 1 could not be judged, 1 passes against the ledger"),
        ("searchbox", "Search ids, verdicts, kinds, expected, got and reasons"),
        ("combobox", "Scenario"),
        ("combobox", "Transport"),
        ("combobox", "Peer in any role"),
        ("combobox", "Kind of failure"),
        ("tab", "Peers"),
        ("tabpanel", "Peers"),
        ("grid", "Peers by peers"),
        ("rowheader", "python"),
        ("columnheader", "python"),
        ("gridcell", "c to go: 1 fail, 6 pass"),
        ("grid", "Cells, worst first"),
        ("columnheader", "verdict"),
        ("gridcell", "pub_sub/tcp/c:go"),
        ("button", "fail 2"),
        ("button", "Dark"),
        ("button", "Open the first of them"),
    }
    assert expected - found == set()
    nameless = [node for node in told if node.get("focusable") and node["role"] != "RootWebArea" and not node["name"]]
    assert nameless == []


def test_a_screen_reader_hears_how_many_are_left(browser: Browser, page: Path) -> None:
    browser.open(page, "#verdict=fail")
    status = "document.getElementById('count')"
    assert browser.js(f"{status}.getAttribute('role')") == "status"
    assert browser.js(f"{status}.textContent") == "2 of 60 cells"
    assert browser.js("document.getElementById('grid').getAttribute('aria-rowcount')") == "3"


def test_an_opened_cell_is_a_dialog_with_the_name_of_the_cell(browser: Browser, page: Path) -> None:
    browser.open(page, CELL)
    browser.until("document.querySelector('#cell-again code')")
    told = nodes(browser)
    found = {(node["role"], node["name"]) for node in told}
    expected = {
        ("dialog", "pub_sub/tcp/c:go"),
        ("button", "Previous cell"),
        ("button", "Next cell"),
        ("button", "Close"),
        ("button", "Copy"),
        ("table", "Operations of all agents in time order"),
        ("heading", "What it asks"),
    }
    assert expected - found == set(), [node for node in told if node["role"] == "dialog"]
    assert ("searchbox", "Search ids, verdicts, kinds, expected, got and reasons") not in found, "behind the dialog"


def test_what_has_the_focus_can_be_seen(browser: Browser, page: Path) -> None:
    browser.open(page)
    for css in ("#text", "#grid", "#theme", "#table td[tabindex='0']"):
        browser.js("document.querySelector(arguments[0]).focus({focusVisible: true})", css)
        assert browser.js("getComputedStyle(document.activeElement).outlineStyle") == "solid", css


def test_the_page_of_a_green_run_is_green(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(logs.report(tmp_path, logs.cell("push_pull/tcp/c:go")), tmp_path))
    assert browser.js("document.querySelector('h1').textContent") == "Everything as expected"
    assert browser.js("document.querySelector('h1').className") == "good"
