"""Shell completion: what the words of a command line can become."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from tests.unit import logs
from zmq_interop.cli import completion
from zmq_interop.cli.main import cli, main
from zmq_interop.system import workspace


def completed(*words: str) -> list[str]:
    """What the last of these words of a command line can become."""
    *before, last = words
    shell = ShellComplete(cli, {}, "interop", completion.VARIABLE)
    return [one.value for one in shell.get_completions([*before], last)]


def test_commands_options_and_choices() -> None:
    assert completed("compl") == ["completion"]
    assert completed("completion", "") == ["bash", "zsh", "fish"]
    assert "--budget" in completed("run", "--b")


def test_a_list_of_peers_goes_on_with_those_that_it_lacks() -> None:
    assert completed("run", "--peers", "go") == ["go", "go-pure"]
    found = completed("run", "--peers", "c,go,")
    assert "c,go,python" in found
    assert not {"c,go,c", "c,go,go"} & {*found}


def test_a_cell_is_completed_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = workspace.at(tmp_path)
    monkeypatch.setattr(workspace, "here", lambda: space)
    assert completed("run", "push") == [], "there is no run yet"
    cells = [logs.cell(id) for id in ("push_pull/tcp/a:b", "push_pull/tcp/a:c", "push_pull/ipc/a:b", "pair/tcp/a:b")]
    logs.write(space.runs / "20260101-000000-x" / "events.jsonl", logs.whole(*cells))
    assert completed("run", "pu") == ["push_pull/"]
    assert completed("log", "push_pull/") == ["push_pull/tcp/", "push_pull/ipc/"]
    assert completed("repro", "push_pull/tcp/a:") == ["push_pull/tcp/a:b", "push_pull/tcp/a:c"]
    assert completed("run", "nothing") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_the_program_itself(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", shell])
    script = capsys.readouterr().out
    assert f"{completion.VARIABLE}={shell}_complete" in script
    assert "interop" in script


def test_a_shell_gets_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(completion.VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "interop histo")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "plain,history\n"
