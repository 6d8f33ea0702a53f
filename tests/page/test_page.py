"""The page as a reader meets it: it opens, counts right, filters, and the address keeps what is chosen."""

from __future__ import annotations

import re
from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.page.browser import Browser
from tests.page.conftest import written
from tests.unit import logs
from zmq_interop.core.events import RunEnded
from zmq_interop.core.verdicts import Verdict, account
from zmq_interop.results.report.reading import Report, read_logs

IDS = "[...document.querySelectorAll('.row .id')].map(one => one.textContent)"


def counts(browser: Browser) -> dict[str, int]:
    """The verdicts of all fields of the table that is shown."""
    fields = browser.js("[...document.querySelectorAll('#table td[role]')].map(one => ({...one.dataset}))")
    return {verdict: sum(int(field.get(verdict, 0)) for field in fields) for verdict in Verdict}


def test_it_opens_without_a_complaint_and_asks_no_network(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.driver.title == "2 cells fail, 1 could not be judged, 1 passes against the ledger - interop"
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]


def test_its_first_line_says_what_became_of_it(browser: Browser, page: Path) -> None:
    browser.open(page)
    first, *_ = browser.js("document.body.innerText").splitlines()
    assert first == "2 cells fail, 1 could not be judged, 1 passes against the ledger"


def test_the_account_and_both_tables_count_all_cells(browser: Browser, page: Path, small: Report) -> None:
    browser.open(page)
    shown = browser.js("document.getElementById('account').textContent")
    assert re.findall(r"\d+", shown) == re.findall(r"\d+", str(small.account))
    assert account(len(small.cells), counts_as_verdicts(browser)) == small.account
    browser.js("document.getElementById('tab-scenarios').click()")
    assert account(len(small.cells), counts_as_verdicts(browser)) == small.account
    assert browser.js("document.getElementById('table').getAttribute('aria-label')") == "Scenarios by transport"


def counts_as_verdicts(browser: Browser) -> list[tuple[Verdict, int]]:
    return [(Verdict(name), number) for name, number in counts(browser).items()]


def test_the_worst_cells_come_first(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.js(IDS)[:6] == [
        "pub_sub/tcp/c:go",
        "pub_sub/ipc/go:python",
        "pub_sub/ipc/c:python",
        "pair/tcp/c:c",
        "pair/tcp/go:c",
        "push_pull/tcp/c:c",
    ]


def test_red_cells_stand_above_all_by_what_they_have_in_common(browser: Browser, page: Path, small: Report) -> None:
    browser.open(page)
    groups = browser.js("[...document.querySelectorAll('#groups li')].map(one => one.innerText)")
    assert len(groups) == 3
    assert "every cell of pub_sub" in groups[0]
    assert "./interop run pub_sub/tcp/c:go" in groups[0]
    assert "the agent died" in groups[2]
    browser.driver.find_element(By.CSS_SELECTOR, "#groups button.words").click()
    assert browser.js(IDS) == ["pub_sub/tcp/c:go", "pub_sub/ipc/go:python"]
    assert browser.js("location.hash") == "#group=1"
    browser.driver.find_element(By.CSS_SELECTOR, "#groups button[aria-label]").click()
    browser.until("document.getElementById('cell').open")
    assert browser.js("location.hash") == "#group=1&cell=pub_sub/tcp/c:go"
    browser.open(page, "#group=1")
    assert len(browser.js(IDS)) == 2
    assert browser.js("document.querySelectorAll('#groups [aria-pressed=true]').length") == 1


def test_what_is_wrong_beside_the_cells_stands_above_them(browser: Browser, page: Path) -> None:
    browser.open(page)
    told = browser.js("document.getElementById('problems').innerText")
    for text in ("rust cannot be judged: its build failed", "install cargo", "agent go-1: it did not end", "panic"):
        assert text in told


def test_each_filter_narrows_the_list_and_the_address_keeps_it(browser: Browser, page: Path) -> None:
    for name, value, left in (
        ("scenario", "pair", 3),
        ("transport", "ipc", 20),
        ("peer", "go", 33),
        ("kind", "lost", 3),
    ):
        browser.open(page)
        Select(browser.driver.find_element(By.ID, name)).select_by_value(value)
        assert browser.js("document.getElementById('count').textContent") == f"{left} of 60 cells"
        assert browser.js("location.hash") == f"#{name}={value}"
        assert browser.js("document.querySelectorAll('.row').length") <= left


def test_a_verdict_of_the_account_is_a_filter(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.CSS_SELECTOR, "#account button[value=fail]").click()
    browser.driver.find_element(By.CSS_SELECTOR, "#account button[value=fixed]").click()
    assert browser.js(IDS) == ["pub_sub/tcp/c:go", "pub_sub/ipc/go:python", "pair/tcp/c:c"]
    assert browser.js("location.hash") == "#verdict=fail,fixed"
    browser.driver.find_element(By.CSS_SELECTOR, "#account button[value=fail]").click()
    assert browser.js(IDS) == ["pair/tcp/c:c"]
    browser.driver.find_element(By.ID, "clear").click()
    assert browser.js("document.getElementById('count').textContent") == "all 60 cells"
    assert browser.js("location.hash") == ""


def test_the_search_finds_words_in_any_text_of_a_cell(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.TAG_NAME, "body").send_keys("/")
    browser.driver.switch_to.active_element.send_keys("DEFECT pair")
    browser.until("document.getElementById('count').textContent === '1 of 60 cells'")
    assert browser.js("location.hash") == "#text=DEFECT+pair"
    browser.driver.switch_to.active_element.send_keys(" nowhere")
    browser.until("!document.getElementById('nothing').hidden")


def test_an_address_shows_what_it_tells(browser: Browser, page: Path) -> None:
    address = "#verdict=fail&transport=tcp&row=c&column=go&text=pub&view=scenarios&cell=pub_sub/tcp/c:go"
    browser.open(page, address)
    assert browser.js(IDS) == ["pub_sub/tcp/c:go"]
    assert browser.js("document.getElementById('text').value") == "pub"
    assert browser.js("document.getElementById('tab-scenarios').getAttribute('aria-selected')") == "true"
    assert browser.js("document.getElementById('cell').open")
    browser.driver.find_element(By.ID, "close").click()
    browser.until("location.hash === arguments[0]", address.partition("&cell")[0])


def test_back_takes_an_opened_cell_away(browser: Browser, page: Path) -> None:
    browser.open(page, "#verdict=fail")
    browser.driver.find_element(By.CSS_SELECTOR, ".row").click()
    browser.until("document.getElementById('cell').open")
    browser.driver.back()
    browser.until("!document.getElementById('cell').open")
    assert browser.js("location.hash") == "#verdict=fail"


def test_an_address_that_tells_nonsense_shows_everything_or_nothing_but_works(browser: Browser, page: Path) -> None:
    browser.open(page, "#verdict=nonsense&view=nonsense&cell=nonsense&__proto__=x")
    assert browser.js("document.getElementById('count').textContent") == "all 60 cells"
    browser.open(page, "#scenario=nonsense")
    assert browser.js("document.getElementById('count').textContent") == "0 of 60 cells"
    assert browser.complaints() == []


def test_the_matrix_chooses_by_mouse_and_by_keys(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.find_element(By.CSS_SELECTOR, "#table td[data-row=c][data-column=go]").click()
    assert browser.js("location.hash") == "#row=c&column=go"
    assert browser.js("document.getElementById('count').textContent") == "7 of 60 cells"
    keys = browser.driver.switch_to.active_element
    keys.send_keys(Keys.ENTER)  # the same again: the choice is given up
    assert browser.js("location.hash") == ""
    keys = browser.driver.switch_to.active_element
    keys.send_keys(Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.js("location.hash") == "#row=go&column=c"
    browser.driver.switch_to.active_element.send_keys(Keys.HOME, Keys.ENTER)
    assert browser.js("location.hash") == "#row=go"
    assert browser.js("document.querySelectorAll('#table [tabindex=\"0\"]').length") == 1


def test_a_log_that_was_cut_short_makes_a_page_that_says_so_first(browser: Browser, tmp_path: Path) -> None:
    cells = [logs.cell("push_pull/tcp/c:go"), logs.cell("push_pull/tcp/go:c")]
    log = logs.write(tmp_path / "events.jsonl", [logs.STARTED, logs.planned(cells), cells[0]])
    browser.open(written(read_logs([log]), tmp_path))
    lines = browser.js("document.body.innerText").splitlines()
    assert lines[0] == "Incomplete: nothing has failed so far"
    assert "1 of 2 planned cells have no verdict" in browser.js("document.getElementById('incomplete').textContent")
    assert browser.driver.title.startswith("Incomplete")
    assert re.findall(r"\d+", browser.js("document.getElementById('account').textContent")) == list("21000001")


def test_a_run_that_is_not_as_it_should_be_for_no_cell_says_so(browser: Browser, tmp_path: Path) -> None:
    one = logs.cell()
    end = logs.ended([one], exit_code=1, problems=["stale ledger entry: 'x' matches no cell"], notes=["one new peer"])
    assert isinstance(end, RunEnded)
    browser.open(written(logs.report(tmp_path, one, end=end), tmp_path))
    assert browser.js("document.querySelector('h1').textContent") == "Not as expected"
    told = browser.js("document.getElementById('problems').innerText")
    assert "stale ledger entry" in told
    assert "one new peer" in told
