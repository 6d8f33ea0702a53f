"""A whole `interop test`: every test runs in one of its pytest processes, and what they say and return is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zmq_interop.cli import whole_test
from zmq_interop.system.paths import ROOT


def runs(arguments: tuple[str, ...], file: str) -> bool:
    """Whether a pytest with these arguments, which are paths and --ignore, plays a file."""
    chosen = [one for one in arguments if one.startswith("tests")] or ["tests"]
    ignored = [one.removeprefix("--ignore=") for one in arguments if one.startswith("--ignore=")]
    return any(Path(file).is_relative_to(one) for one in chosen) and not any(
        Path(file).is_relative_to(one) for one in ignored
    )


@pytest.mark.parametrize("processors", [1, 2, 8])
def test_every_file_is_played_by_one_process(processors: int) -> None:
    all_arguments = [arguments for stage in whole_test.stages(processors) for arguments in stage]
    for path in ROOT.glob("tests/*/test_*.py"):
        file = str(path.relative_to(ROOT))
        assert sum(runs(arguments, file) for arguments in all_arguments) == 1, file


def test_every_path_of_a_stage_is_there() -> None:
    for stage in whole_test.stages(2):
        for arguments in stage:
            paths = [one.removeprefix("--ignore=") for one in arguments if "tests/" in one]
            assert [path for path in paths if not (ROOT / path).exists()] == []


def says(text: str, code: int) -> list[str]:
    """A command that writes a line to stdout and one to stderr, and exits with this code."""
    return [sys.executable, "-c", f"import sys; print({text!r}); print('log', file=sys.stderr); sys.exit({code})"]


def test_the_outputs_do_not_mix_and_the_codes_are_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    assert whole_test.beside_each_other([says("first", 0), says("second", 3), says("third", 1)]) == [0, 3, 1]
    out, err = capfd.readouterr()
    assert out.splitlines() == ["first", "second", "log", "third", "log"]
    assert err.splitlines() == ["log"]


def test_each_one_runs_while_the_others_do(tmp_path: Path) -> None:
    made, awaited = str(tmp_path / "made"), str(tmp_path / "awaited")
    waits = "import pathlib, sys, time\nmine, other = map(pathlib.Path, sys.argv[1:])\nmine.touch()\n"
    waits += "while not other.exists():\n    time.sleep(0.01)\n"
    command = [sys.executable, "-c", waits]
    assert whole_test.beside_each_other([[*command, made, awaited], [*command, awaited, made]]) == [0, 0]


def test_the_first_failure_is_the_exit_code_and_an_interrupt_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # six start, and plug-ins are slow to import

    def test(name: str, body: str) -> str:
        path = tmp_path / f"test_{name}_of_the_whole.py"
        path.write_text(f"import pytest\ndef test():\n    {body}\n")
        return str(path)

    alone = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", f"--rootdir={tmp_path}")
    good = (*alone, test("good", "pass"))
    bad = (*alone, test("bad", "assert False"))
    stops = (*alone, test("stops", "raise KeyboardInterrupt"))
    marks = (*alone, test("marks", f"open({str(tmp_path / 'marked')!r}, 'w').close()"))
    assert whole_test.run([(good,), (good, good)]) == 0
    assert whole_test.run([(good, bad), (good,)]) == 1
    assert whole_test.run([(stops,), (marks,)]) == whole_test.INTERRUPTED
    assert not (tmp_path / "marked").exists()
