"""A real Chromium without a window, for the tests of report.html and the measurement of how soon it is there."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from tests.space import HERE
from zmq_interop.peers import requirements
from zmq_interop.system import packages
from zmq_interop.system.locks import held

PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu-core")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60  # seconds; where nothing comes, something is broken


def bring() -> str:
    """Sees to it that there is a Chromium: as root on Debian it is installed. Returns why there is none, or ""."""
    if _find():
        return ""
    manager, root = packages.find(), packages.is_root()
    if manager is not packages.APT:
        return "there is no chromium with a chromedriver of its version on the PATH"
    command = packages.command_for_people(manager, PACKAGES, root=root)
    if not packages.may_install(manager, root=root):
        return f"there is no chromium with a chromedriver of its version on the PATH; run: {command}"
    done = asyncio.run(_install())
    _find.cache_clear()
    return "" if _find() else f"`{command}` did not help: {done}"


@functools.cache
def _find() -> tuple[str, str] | None:
    """The paths of a browser and of the driver for it: one of another version refuses it."""
    driver = shutil.which("chromedriver")
    browsers = filter(None, map(shutil.which, _BROWSERS))
    return next(((one, driver) for one in browsers if driver and _version(one) == _version(driver)), None)


def _version(program: str) -> str:
    """Its major version."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return requirements.version_in(told).partition(".")[0]


async def _install() -> str:
    HERE.tools.mkdir(parents=True, exist_ok=True)
    async with held(HERE.tools):
        return (await packages.install(PACKAGES)).tail()


class Browser:
    """A Chromium in which pages are opened."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, hash: str = "") -> None:
        """Opens a page and waits until it can be seen and used; what the browser said before is forgotten."""
        self.driver.get("about:blank")  # from one hash to another of a page would be no new page
        self.complaints()
        self.requests()
        self.driver.get(page.as_uri() + hash)
        self.until("performance.getEntriesByName('shown').length > 0")

    def js(self, expression: str, *arguments: object) -> Any:
        """The value of an expression of JavaScript."""
        return self.driver.execute_script(f"return ({expression})", *arguments)

    def until(self, expression: str, *arguments: object) -> None:
        """Waits until an expression of JavaScript holds."""
        WebDriverWait(self.driver, _PATIENCE, poll_frequency=0.02).until(
            lambda _: self.js(expression, *arguments), f"never: {expression}"
        )

    def size(self, width: int, height: int) -> None:
        """The size of the window in CSS pixels; below 600 it is a phone's."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if width < 600 else 1,
            mobile=width < 600,
        )

    def cdp(self, command: str, **parameters: object) -> Any:
        """A command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def complaints(self) -> list[str]:
        """What the console has said since it was asked last: errors of scripts, what the policy of the page forbids."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """The addresses that pages have asked for since this was asked last."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]

    def _log(self, name: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return found


@contextmanager
def started(folder: Path) -> Iterator[Browser]:
    """A Chromium that keeps what it keeps in `folder`, and ends with the block."""
    found = _find()
    assert found is not None, "bring() comes first"
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    options.add_argument("--headless=new")
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    options.add_argument("--disable-dev-shm-usage")  # small in containers
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which does not work for root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    home = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    driver = webdriver.Chrome(options=options, service=Service(found[1], env={**os.environ, **home}))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
