"""A cell, opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.page.browser import Browser
from tests.page.conftest import written
from tests.unit import logs
from zmq_interop.core.events import Operation
from zmq_interop.results.report.page import packing

OPEN = "document.getElementById('cell').open"
TEXT = "document.getElementById('cell').innerText"
UNPACKED = "document.querySelector('#cell-again code')"


def test_a_click_opens_it_with_all_that_is_known(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.CSS_SELECTOR, ".row").click()
    browser.until(UNPACKED)
    told = browser.js(TEXT)
    for text in (
        "fail",
        "lost",
        "pub_sub/tcp/c:go",
        "./interop run pub_sub/tcp/c:go",
        '["one", "two"]',
        '["one"]',
        "It arrives.",
        "transport\ntcp",
        "binds\none",
        "c-1",
        "C 17, libzmq 4.3.5",
        "open 1 PUSH",
        "done",
        "a word",
    ):
        assert text in told, text
    assert browser.js("document.querySelector('.expected mark').textContent") == ', "two"'
    assert browser.complaints() == []


def test_what_the_ledger_knows_has_its_reason_and_its_address(browser: Browser, page: Path) -> None:
    browser.open(page, "#cell=pair/tcp/go:c")
    link = browser.driver.find_element(By.CSS_SELECTOR, "#cell .reason a")
    assert link.get_attribute("href") == "https://example.org/7"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert "a known defect" in browser.js(TEXT)


def test_a_cell_that_was_not_played_says_so(browser: Browser, page: Path) -> None:
    browser.open(page, "#cell=pair/tcp/python:c")
    browser.until(UNPACKED)
    assert "python does not claim PAIR" in browser.js(TEXT)
    assert "It was not played." in browser.js(TEXT)


def test_keys_alone_open_it_go_on_and_close_it(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.ID, "grid").send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER)
    browser.until(OPEN)
    assert browser.js("document.getElementById('cell-id').textContent") == "pub_sub/ipc/go:python"
    assert browser.js("document.activeElement.closest('dialog') !== null")
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    browser.until("document.getElementById('cell-id').textContent === 'pub_sub/ipc/c:python'")
    assert browser.js("location.hash") == "#cell=pub_sub/ipc/c:python"
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.until(f"!{OPEN}")
    assert browser.js("location.hash") == ""
    assert browser.js("document.activeElement.id") == "grid"
    assert browser.js("document.getElementById('grid').getAttribute('aria-activedescendant')") == "row-2"


def test_the_line_that_plays_it_again_is_copied(browser: Browser, page: Path) -> None:
    browser.cdp("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.open(page, "#cell=pub_sub/tcp/c:go")
    browser.until(UNPACKED)
    browser.driver.find_element(By.CSS_SELECTOR, "#cell-again button").click()
    browser.until("document.getElementById('said').textContent === 'copied'")
    copied = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == "./interop run pub_sub/tcp/c:go"


def test_both_agents_stand_in_one_timeline(browser: Browser, tmp_path: Path) -> None:
    operations = [
        Operation(at=at, took=took, instance=instance, lane=3, call=call, asked="1", answered=answered)
        for at, took, instance, call, answered in (
            (10, 5, "a-1", "bind", "tcp://x"),
            (20, 7, "b-1", "connect", "done"),
            (1500, -1, "a-1", "receive", ""),
        )
    ]
    page = written(logs.report(tmp_path, logs.failed(operations=operations)), tmp_path)
    browser.open(page, "#cell=push_pull/tcp/a:b")
    browser.until(UNPACKED)
    rows = browser.js("[...document.querySelectorAll('.timeline tbody tr')].map(one => one.innerText.split(/\\s+/))")
    assert [row[:3] for row in rows] == [["0.01", "A", "a-1"], ["0.02", "B", "b-1"], ["1.50", "A", "a-1"]]
    assert rows[2][-3:] == ["→", "no", "answer"]


def test_of_very_many_operations_the_first_and_the_last_are_there(browser: Browser, tmp_path: Path) -> None:
    count = packing.FIRST + packing.LAST + 1000
    operations = [
        Operation(at=at, took=1, instance="a-1", lane=0, call="receive", asked=f"{at}", answered="AGAIN")
        for at in range(count)
    ]
    page = written(logs.report(tmp_path, logs.failed(operations=operations)), tmp_path)
    assert page.stat().st_size < 200_000
    browser.open(page, "#cell=push_pull/tcp/a:b")
    browser.until(UNPACKED)
    rows = browser.js("[...document.querySelectorAll('.timeline tbody tr')].map(one => one.innerText)")
    assert len(rows) == packing.FIRST + packing.LAST + 1
    assert "1,000 operations are left out here" in rows[packing.FIRST]
    assert f"receive {count - 1}" in rows[-1]


@pytest.mark.parametrize("gone", ["DecompressionStream", "navigator.clipboard.writeText"])
def test_an_old_or_strict_browser_gets_what_it_can(browser: Browser, page: Path, gone: str) -> None:
    script = browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument", source=f"delete globalThis.{gone}; {gone} = undefined"
    )
    try:
        browser.open(page, "#cell=pub_sub/tcp/c:go")
        if gone == "DecompressionStream":
            browser.until("document.querySelector('#cell-details .note')")
            assert "./interop log pub_sub/tcp/c:go" in browser.js(TEXT)
            assert '["one", "two"]' in browser.js(TEXT)
        else:
            browser.until(UNPACKED)
            browser.driver.find_element(By.CSS_SELECTOR, "#cell-again button").click()
            browser.until("document.getElementById('said').textContent === 'copied'")
    finally:
        browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
