"""The face with the real engine and real agents."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from zmq_interop.system.paths import ROOT

MODULE = """
from zmq_interop.cli.pytest.plugin import Cells
test_cell = Cells(runtime="process", patterns=({patterns}))
"""


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lets a pytest outside the checkout find the harness; gives a word that its agents carry in their environment."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("INTEROP_TEST_MARK", mark)
    return mark


def marked(mark: str) -> list[str]:
    """The command lines of processes that carry the word."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.name != str(os.getpid()) and mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
        except OSError:  # it ended just now, or is another user's
            continue
    return found


def test_python_understands_python(pytester: pytest.Pytester, session: str) -> None:
    pytester.makepyfile(MODULE.format(patterns='"push_pull/*/python:python",'))
    result = pytester.runpytest_subprocess("-p", "zmq_interop.cli.pytest.plugin", "-W", "error")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["planned 6 = pass 6 *"])
    assert not marked(session)


def test_ctrl_c_leaves_no_agent(pytester: pytest.Pytester, session: str) -> None:
    pytester.makepyfile(MODULE.format(patterns='"*/python:python",'))
    pytester.makeconftest(
        """
        import os, signal

        def pytest_runtest_logreport(report):
            if report.when == "call":
                os.kill(os.getpid(), signal.SIGINT)
        """
    )
    result = pytester.runpytest_subprocess("-p", "zmq_interop.cli.pytest.plugin")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["planned * = pass *"])
    assert not marked(session)
