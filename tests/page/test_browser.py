"""Where there is no Chromium, these tests are skipped for a reason that says what to type."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.page import browser
from zmq_interop.system import packages


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What was found on the machine is looked for again."""
    browser._find.cache_clear()
    yield
    browser._find.cache_clear()


@pytest.mark.parametrize(("manager", "hint"), [(packages.APT, "sudo apt-get install"), (None, "there is no chromium")])
def test_without_a_browser(monkeypatch: pytest.MonkeyPatch, manager: packages.Manager | None, hint: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(packages, "find", lambda: manager)
    monkeypatch.setattr(packages, "is_root", lambda: False)
    assert hint in browser.bring()


def test_a_driver_of_another_version_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(browser, "_version", lambda program: "2" if program == "google-chrome" else "1")
    assert browser._find() == ("chromium", "chromedriver")
    browser._find.cache_clear()
    monkeypatch.setattr(browser, "_version", lambda program: "2" if program == "chromedriver" else "1")
    assert browser._find() is None
