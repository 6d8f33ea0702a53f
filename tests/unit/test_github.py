"""What a step of GitHub Actions says: no text of others becomes a command, and all stays within GitHub's limits."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ci.runner import Done
from tests.unit import logs
from zmq_interop.core.events import Incident, PeerLost
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report import github
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.text import plain

HOSTILE = "100%\r\n::error::mine\n::set-output name=account::x\n##[error]y\x1b[31m\u202e, a:b"


@given(message=st.text(), title=st.text(min_size=1))
def test_an_error_is_one_command_whatever_is_in_it(message: str, title: str) -> None:
    line = github.error(message, title=title)
    assert "\n" not in line
    ((name, _, text),) = Done(log=line).commands
    assert name == "error"
    assert text == plain(message)


def test_the_place_of_an_error_is_relative_to_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    line = github.error("x", title="a: b, c", file=tmp_path / "a,b:c.proto", line=3, column=4)
    assert line == "::error title=a%3A b%2C c,file=a%2Cb%3Ac.proto,line=3,col=4::x"
    assert ",file=/elsewhere/x," in github.error("x", title="t", file=Path("/elsewhere/x"), line=1, column=1)


def test_each_group_of_failures_is_an_error_with_what_to_type(tmp_path: Path) -> None:
    cells = [logs.failed(f"push_pull/{transport}/a:b", got=HOSTILE) for transport in ("tcp", "ipc")]
    report = logs.report(tmp_path, *cells, logs.cell("push_pull/tcp/a:a"))
    (line,) = github.errors(report)
    ((_, title, text),) = Done(log=line).commands
    assert title.startswith("title=interop: fail (lost)")
    assert "2 cells" in text
    assert "again: interop run push_pull/" in text
    assert "\x1b" not in text


def test_what_an_annotation_says_to_type_can_be_pasted_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "COMMAND", "/home/runner/work/_actions/interop")
    values = {"message": "p.Order@x"}
    told = {"kind": Kind.UNCOMPILABLE, "expected": "a to compile p.proto", "values": values}
    refused = logs.failed("own_schemas/tcp/p.Order@x/a:b", **told)
    command = ["run", "--report=/home/runner/work/_temp/x", "--shard", "1/3", "--proto=messages", "--", "own_schemas"]
    started = msgspec.structs.replace(logs.STARTED, command=command, again=["--proto", "messages"])
    report = logs.report(tmp_path, refused, logs.cell("pair/tcp/a:b"), started=started)
    (line,) = github.errors(report)
    ((_, _, text),) = Done(log=line).commands
    assert "/home/runner" not in text
    assert "again: interop run own_schemas/tcp/p.Order@x/a:b --proto messages" in text
    assert "or have it known: interop ledger add own_schemas " in text
    assert "or leave it out: interop run --exclude 'own_schemas/*/p.Order@*' --proto=messages -- own_schemas" in text


def test_all_that_makes_a_report_red_is_told(tmp_path: Path) -> None:
    broken = logs.cell(verdict=Verdict.BROKEN, reason="no compiler")
    report = logs.report(
        tmp_path,
        broken,
        PeerLost(name="a", reason="no compiler", hint="install one"),
        Incident(instance="b-1", reason="it died", ended="exited with 3", cells=[]),
        end=logs.ended([broken], problems=["stale entry"]),
    )
    told = [f"{title}: {text}" for _, title, text in Done(log="\n".join(github.errors(report))).commands]
    for what in ("stale entry", "no compiler", "install one", "agent b-1", "exited with 3"):
        assert [one for one in told if what in one], what


def test_a_green_report_has_no_errors_and_one_with_many_names_only_as_many_as_are_shown(tmp_path: Path) -> None:
    assert github.errors(logs.report(tmp_path / "green", logs.cell())) == []
    cells = [logs.failed(f"scenario{number}/tcp/a:b") for number in range(40)]
    end = logs.ended(cells, problems=[f"problem {number}" for number in range(30)])
    lines = github.errors(logs.report(tmp_path / "red", *cells, end=end))
    assert len(lines) == github.MOST_ERRORS
    assert "more: see the summary" in lines[-1]


def test_summary_and_outputs_are_appended(tmp_path: Path) -> None:
    report = logs.report(tmp_path / "run", logs.cell())
    files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for path in files.values():
        path.write_text("before\n")
    github.tell(report, "# told\n", tmp_path / "here", {name: str(path) for name, path in files.items()})
    assert files["GITHUB_STEP_SUMMARY"].read_text() == "before\n# told\n"
    account = "planned 1 = pass 1 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0"
    expected = f"before\naccount={account}\nexit-code=0\nreport={tmp_path / 'here'}\n"
    assert files["GITHUB_OUTPUT"].read_text() == expected


def test_a_summary_that_github_would_not_show_is_cut_at_a_line(tmp_path: Path) -> None:
    report = logs.report(tmp_path / "run", logs.cell())
    environment = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    github.tell(report, "größer\n" * 200_000, tmp_path, environment)
    shown = (tmp_path / "GITHUB_STEP_SUMMARY").read_bytes()
    assert len(shown) <= github.MOST_SUMMARY
    lines = shown.decode().splitlines()
    assert set(lines[:-2]) == {"größer"}
    assert lines[-1].startswith("The rest is cut off")


def test_outside_of_github_it_says_so(tmp_path: Path) -> None:
    report = logs.report(tmp_path / "run", logs.cell())
    with pytest.raises(UsageError, match="GITHUB_STEP_SUMMARY is not set"):
        github.tell(report, "", tmp_path, {})
    with pytest.raises(UsageError, match="No such file or directory"):
        github.tell(report, "", tmp_path, {"GITHUB_STEP_SUMMARY": str(tmp_path / "no/where")})
