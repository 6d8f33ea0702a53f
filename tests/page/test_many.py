"""20,000 cells. How soon they are there is measured by `interop bench --only page`; here, that all of it works."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.page import worlds
from tests.page.browser import Browser
from tests.page.conftest import SCREENSHOTS, written

COUNT = 20_000
ROWS = "document.querySelectorAll('.row').length"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of that many cells."""
    folder = tmp_path_factory.mktemp("large")
    return written(worlds.many(folder, COUNT), folder)


def test_it_opens_counts_and_finds(browser: Browser, large: Path) -> None:
    browser.open(large)
    assert browser.js("document.querySelector('h1').textContent") == "200 cells fail"
    assert browser.js("document.getElementById('count').textContent") == "all 20,000 cells"
    assert browser.js(ROWS) < 200
    browser.driver.find_element(By.ID, "text").send_keys("only 19899")
    browser.until("document.getElementById('count').textContent === '1 of 20,000 cells'")
    browser.driver.find_element(By.CSS_SELECTOR, ".row").click()
    browser.until("document.querySelector('#cell-again code')")
    told = browser.js("document.getElementById('cell').innerText")
    assert 'send 1 ["19899", "28", ""]' in told
    assert "word 19899" in told
    assert browser.complaints() == []


def test_the_list_is_whole_though_only_what_is_in_sight_is_there(browser: Browser, large: Path) -> None:
    browser.open(large)
    grid = browser.driver.find_element(By.ID, "grid")
    grid.send_keys(Keys.END)
    browser.until("document.getElementById('grid').getAttribute('aria-activedescendant') === 'row-19999'")
    assert browser.js("document.getElementById('row-19999').getAttribute('aria-rowindex')") == "20001"
    last = browser.js("document.getElementById('row-19999').getBoundingClientRect()")
    assert last["top"] >= 0
    assert last["bottom"] < browser.js("innerHeight") + 1
    assert browser.js(ROWS) < 200
    grid.send_keys(Keys.ENTER)
    browser.until("document.querySelector('#cell-again code')")
    assert browser.driver.save_screenshot(str(SCREENSHOTS / "large-cell.png"))
    browser.driver.find_element(By.ID, "close").click()
    grid.send_keys(Keys.HOME)
    browser.until("document.getElementById('row-0') !== null")
    browser.js("scrollTo(0, 300000)")
    browser.until("document.getElementById('row-9985') !== null")


def test_a_cell_far_down_opens_from_its_address(browser: Browser, large: Path) -> None:
    id = "scenario_16/tcp/value-199/peer-8:peer-9"
    browser.open(large, f"#cell={id}")
    browser.until("document.querySelector('#cell-again code')")
    assert browser.js("document.querySelector('#cell-again code').textContent") == f"./interop run {id}"
