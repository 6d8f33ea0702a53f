"""Tests of report.html in a real Chromium."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page import browser as browsers
from tests.page import worlds
from tests.page.browser import Browser
from tests.space import HERE
from zmq_interop.results.report import files
from zmq_interop.results.report.reading import Report

SCREENSHOTS = HERE.folder / "screenshots"  # CI keeps them


def written(report: Report, folder: Path) -> Path:
    """The page of this report."""
    return files.write(report, ["html"], folder)[0]


def shot(browser: Browser, name: str) -> None:
    """Keeps what the window shows."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(browser.driver.get_screenshot_as_base64()))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests. The one rule by which tests of this folder are skipped: there is none, and we may not
    install it."""
    reason = browsers.bring()
    if reason:
        pytest.skip(reason)
    with browsers.started(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The browser as a reader finds it: a window of usual size, the system in light colours."""
    chromium.size(1280, 900)
    chromium.cdp("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": "light"}])
    return chromium


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report of a few cells, with every verdict."""
    return worlds.small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def page(small: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    return written(small, tmp_path_factory.mktemp("page"))
