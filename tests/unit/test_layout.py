"""Lines of a report at the width of a terminal: no word is cut but at a slash, and what is copied stays as it is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import logs
from tests.unit.logs import cell, failed
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report.layout import Line, folded
from zmq_interop.results.report.terminal import print_report
from zmq_interop.system.text import line

LONG = "data_message/tcp/pusher-binds/a-rather-long-value/and-another-long-value/go-pure:python-system"


def test_prose_is_folded_between_words_and_what_follows_is_set_in() -> None:
    assert folded(Line("one two  three four", hang=4), 12) == ["one two", "    three", "    four"]
    assert folded(Line("  expected  one two", hang=12), 15) == ["  expected  one", " " * 12 + "two"]


def test_a_word_that_is_too_long_is_cut_behind_slashes_and_colons_and_nowhere_else() -> None:
    told = folded(Line(f"FAIL {LONG}: lost"), 56)
    assert told[0].endswith("/")
    assert max(map(len, told)) <= 56
    assert told[0] + "".join(part.strip() for part in told[1:]) == f"FAIL {LONG}: lost"
    assert folded(Line("x" * 90), 60) == ["x" * 90]


def test_what_is_to_be_copied_is_whole_on_a_line_of_its_own() -> None:
    assert folded(Line("  log       ", hang=12, copied="/a" * 35), 60) == ["  log", " " * 12 + "/a" * 35]
    assert folded(Line("  log       ", hang=12, copied="/a"), 60) == ["  log       /a"]


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=30), min_size=1))
def test_a_command_that_is_folded_is_the_same_command(words: list[str]) -> None:
    command = shlex.join(words)
    told = folded(Line("  again     ", hang=12, copied=command), 60)
    text = "\n".join(told).partition("again")[2].replace("\\\n", "")  # as a shell does
    assert shlex.split(text) == shlex.split(line(command))


def test_no_width_means_no_fold() -> None:
    assert folded(Line("one " * 90, copied=LONG), None) == ["one " * 90 + LONG]


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("width", [80, 60])
def test_a_report_is_as_wide_as_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, piped: bool
) -> None:
    """The rule: no line is wider, but for one that is a single word after blanks, such as a path; and in a pipe, for
    one that is to be copied, and the account."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: not piped)
    peers = ["c", "go", "go-pure", "python-omq", "python-system"]
    reason = "go-zeromq/zmq4: where a peer leaves, its errors (EOF, EPIPE) or a Send that stands still, for many words"
    cells = [
        failed(LONG, expected='[interop.payload.v1.DataMessage(content: "a\\000b\\r\\n" timestamp: 1), "raw"], ' * 3),
        failed(LONG.replace("go-pure", "c"), kind=Kind.ALTERED),
        cell("x/tcp/c:go", Verdict.BROKEN, reason="go: " + "its build ended with 1; see /a/log/of/it " * 4),
        *(
            cell(f"x/ipc/{one}:{two}", Verdict.KNOWN, reason=reason, url=f"docs/{one}")
            for one in peers
            for two in peers
        ),
        *(cell(f"x/pgm/{one}:c", Verdict.UNSUPPORTED, reason=f"{one} does not claim transport pgm") for one in peers),
    ]
    libraries = {"github.com/go-zeromq/zmq4": "0.17.0", "google.golang.org/protobuf": "1.36.12", "libzmq": "4.3.4"}
    print_report(logs.report(tmp_path, *(logs.seen(peer, libraries=libraries) for peer in peers), *cells))
    told = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out).splitlines()
    wide = [one for one in told if len(one) > width and len(one.split()) > 1]
    assert [
        one for one in wide if not piped or not re.search(r"\./interop|/events|\.log$|^  cells|^planned ", one)
    ] == []
    assert "planned 33 = pass 0 + fail 2" in " ".join(told)


@pytest.mark.parametrize("columns", ["", "80"])
def test_in_a_pipe_what_scripts_look_for_is_on_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    print_report(logs.report(tmp_path, failed(LONG)))
    assert f"  again     ./interop run {LONG}" in capsys.readouterr().out.splitlines()
