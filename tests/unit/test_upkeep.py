"""`./interop ledger` and `./interop baseline`, as they are typed."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.space import HERE
from zmq_interop.cli import main
from zmq_interop.core.events import CellJudged, PeerSeen, Planned, RunEnded, RunStarted
from zmq_interop.core.verdicts import Kind, Verdict, account
from zmq_interop.results.event_log import EventLog
from zmq_interop.results.ledger import findings, reading
from zmq_interop.results.ledger.entry import Circumstances
from zmq_interop.results.ledger.scope import Cause, Causes, Values
from zmq_interop.results.ledger.subject import Subject
from zmq_interop.system import paths
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import PEERS, ROOT

Command = Callable[..., tuple[int, str]]
Result = tuple[Verdict, Kind | None]
PASS: Result = (Verdict.PASS, None)
LOST: Result = (Verdict.FAIL, Kind.LOST)
KNOWN: Result = (Verdict.KNOWN, Kind.LOST)
ENTRY = "[[failure]]\ncells = ['{}']\nkind = 'lost'\nreason = 'x'\n"
KEPT = "# A comment.\n\n"


@pytest.fixture
def interop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Types `./interop WORDS` and gives exit code and output. `last` writes the log of the last run.

    ours: in the place of the project's ledger.
    """
    here = dataclasses.replace(
        HERE, latest=tmp_path, runs=tmp_path / "runs", baseline=tmp_path / "interop-baseline.toml"
    )

    def typed(*words: object, ours: Path = paths.KNOWN) -> tuple[int, str]:
        space = dataclasses.replace(here, known=ours, ledger=ours)
        with pytest.raises(SystemExit) as ended:
            main.main([*map(str, words)], space)
        code = ended.value.code
        assert isinstance(code, int)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out + shown.err

    return typed


@pytest.fixture
def last(tmp_path: Path) -> Callable[..., None]:
    """Writes the event log of the last run."""

    def write(results: dict[str, Result], *, whole: bool = True, ends: bool = True, again: Sequence[str] = ()) -> None:
        log = EventLog(tmp_path / "events.jsonl")
        log(
            RunStarted(
                version=1,
                id="",
                started="",
                harness="",
                command=[],
                runtimes={"c": "process", "go": "process"},
                why="",
                jobs=1,
                limit=1,
                proto_digest="",
                machine="",
                again=[*again],
            )
        )
        log(Planned(cells=list(results), full=whole))
        for name in ("c", "go"):
            log(PeerSeen(name=name, runtime="process", language="", libraries={"libzmq": "4.3.4"}, lanes=1))
        for id, (verdict, kind) in results.items():
            _, transport, peers = id.split("/")
            pusher, puller = peers.split(":")
            log(
                CellJudged(
                    id=id,
                    scenario="push_pull",
                    transport=transport,
                    binder="puller",
                    roles={"pusher": pusher, "puller": puller},
                    verdict=verdict,
                    kind=kind,
                )
            )
        if ends:
            counts = Counter(verdict for verdict, _ in results.values())
            log(RunEnded(account=account(len(results), counts.items()), seconds=1, exit_code=1))
        log.close()

    return write


def subject(id: str) -> Subject:
    """A cell of push_pull."""
    _, transport, peers = id.split("/")
    roles = dict(zip(("pusher", "puller"), peers.split(":"), strict=True))
    return Subject(
        id, "push_pull", roles, {"scenario": "push_pull", "transport": transport, "binder": "puller", **roles}
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger with a comment and nothing else."""
    path = tmp_path / "book.toml"
    path.write_text(KEPT)
    return path


def test_check_tells_of_all_that_is_wrong_without_a_run(interop: Command, book: Path) -> None:
    book.write_text(
        KEPT
        + ENTRY.format("push_pull/tcp/c:*")
        + ENTRY.format("push_pull/*/c:go")
        + ENTRY.format("pigeon/*")
        + ENTRY.format("req_rep/tcp/c:go")
        + "expires = 2001-01-01\n"
    )
    code, said = interop("ledger", "check", "--ledger", book)
    assert code == Exit.FAILED
    assert f"{book}:3 and {book}:7 overlap: both cover push_pull/tcp/c:go" in said
    assert f"{book}:11: stale: it matches no cell of a run with --all" in said
    assert f"{book}:15: expired on 2001-01-01" in said
    assert said.splitlines()[-1].endswith(" entries: 3 complaints")
    book.write_text(KEPT + ENTRY.format("push_pull/tcp/c:*"))
    alone = ("ledger", "check", "--no-default-ledger", "--ledger", book)
    assert interop(*alone) == (Exit.OK, "1 entry: no complaints\n")
    code, said = interop("ledger", "check", "--ledger", book)
    assert (code, said.startswith("1 entry")) == (Exit.OK, False), "the project's own ledger is checked beside it"
    book.write_text("[[failure]]\n")
    code, said = interop("ledger", "check", "--ledger", book)
    assert code == Exit.USAGE
    assert f"{book}:1: the entry has no `kind`" in said


def test_check_looks_at_entries_about_protos_and_peers_of_the_user_only_with_these(
    interop: Command, book: Path
) -> None:
    when = '{ scenario = "own_schemas", sender = "mine", message = "Money@defaults" }'
    book.write_text(f"[[failure]]\nwhen = {when}\nkind = 'lost'\nreason = 'x'\n")
    asked = ("ledger", "check", "--no-default-ledger", "--ledger", book)
    code, said = interop(*asked)
    where = f"not looked at: {book}:1: its cells exist only with"
    assert (code, said) == (Exit.OK, f"{where} --proto DIR and --peer NAME=PATH\n1 entry: no complaints\n")
    given = ("--proto", ROOT / "examples/shop", "--peer", f"mine={PEERS / 'c'}")
    assert interop(*asked, *given) == (Exit.OK, "1 entry: no complaints\n")
    book.write_text(book.read_text().replace("Money", "Honey"))
    code, said = interop(*asked, *given)
    assert code == Exit.FAILED
    assert f"{book}:1: stale: " in said


def test_a_run_refuses_a_ledger_with_overlaps(interop: Command, book: Path) -> None:
    book.write_text(ENTRY.format("push_pull/tcp/c:*") + ENTRY.format("push_pull/*/c:go"))
    code, said = interop("run", "--list", "push_pull", "--ledger", book)
    assert code == Exit.USAGE
    assert f"{book}:1 and {book}:5 overlap" in said
    assert interop("run", "--list", "push_pull", "--ledger", book.with_name("no"))[0] == Exit.USAGE


def test_add_writes_an_entry_that_fits_what_failed(interop: Command, last: Callable[..., None], book: Path) -> None:
    last(
        {"push_pull/tcp/c:c": PASS, "push_pull/tcp/c:go": LOST, "push_pull/ipc/c:go": LOST, "push_pull/tcp/go:c": LOST}
    )
    code, said = interop("ledger", "add", "push_pull/*/c:go", "--reason", "so it is", "--url", "x", "--ledger", book)
    assert code == Exit.OK
    when = 'when = { scenario = "push_pull", pusher = "c", puller = "go" }'
    assert f"a new entry for 2 cells: {when}" in said
    assert f"the last run did not have this file: give runs --ledger {book}" in said
    text = book.read_text()
    assert text == f'{KEPT}[[failure]]\n{when}\nkind = "lost"\nreason = "so it is"\nurl = "x"\n'
    code, said = interop("ledger", "add", "family:exchange/tcp/c:go", "--reason", "again", "--ledger", book)
    assert code == Exit.USAGE
    assert f"{book}:3 already covers push_pull/tcp/c:go" in said
    code, said = interop("ledger", "add", "push_pull/tcp/c:c", "--reason", "none", "--ledger", book)
    assert code == Exit.USAGE
    assert "selects no cell that failed" in said
    assert book.read_text() == text
    assert interop("ledger", "add", "push_pull", "--ledger", book)[0] == Exit.USAGE


def test_add_takes_more_cells_into_the_entry_with_the_same_reason(
    interop: Command, last: Callable[..., None], book: Path
) -> None:
    seen = {
        "push_pull/tcp/c:c": PASS,
        "push_pull/tcp/c:go": LOST,
        "push_pull/ipc/c:c": PASS,
        "push_pull/ipc/c:go": PASS,
    }
    asked = ("ledger", "add", "push_pull", "--ledger", book, "--reason")
    last(seen)
    assert interop(*asked, "so it is")[0] == Exit.OK
    last(seen | {"push_pull/tcp/c:go": KNOWN, "push_pull/tcp/go:c": LOST, "push_pull/tcp/go:go": PASS})
    code, said = interop(*asked, "so it is")
    assert (code, f"{book}:3: the entry now also covers 1 cell: " in said) == (Exit.OK, True)
    (entry,) = reading.read(book).entries
    assert entry.reason == "so it is"
    covered = [id for id in ("c:go", "go:c", "c:c", "go:go") if entry.scope.matches(subject(f"push_pull/tcp/{id}"))]
    assert covered == ["c:go", "go:c"]
    assert interop(*asked, "so it is")[0] == Exit.USAGE, "all of them are known now"
    last(seen | {"push_pull/tcp/c:go": KNOWN, "push_pull/tcp/go:c": KNOWN, "push_pull/tcp/go:go": LOST})
    code, said = interop(*asked, "another")
    assert (code, "a new entry for 1 cell: " in said) == (Exit.OK, True)
    assert len(reading.read(book).entries) == 2


def test_add_after_a_narrowed_run_covers_no_cell_that_was_not_played(
    interop: Command, last: Callable[..., None], book: Path
) -> None:
    asked = ("ledger", "add", "push_pull", "--reason", "x", "--ledger", book)
    last({"push_pull/tcp/c:go": LOST}, whole=False, again=["--limit", "3"])
    said = interop(*asked)[1]
    assert "the last run played 1 of the " in said
    assert "cells of push_pull, too few to show the cause: the entry covers only what failed" in said
    assert "Run `./interop run --all push_pull --limit 3`, then this command again to widen it" in said
    (entry,) = reading.read(book).entries
    cells = [f"push_pull/{wire}/{pair}" for wire in ("tcp", "ipc") for pair in ("c:go", "go:go", "c:cpp", "c:c")]
    assert [id for id in cells if entry.scope.matches(subject(id))] == ["push_pull/tcp/c:go"]
    last({id: LOST if id.endswith(":go") else PASS for id in cells if "cpp" not in id})
    code, said = interop(*asked)
    assert (code, "too few" in said) == (Exit.OK, False)
    cause = Cause({"scenario": Values(("push_pull",)), "pusher": Values(("c", "go")), "puller": Values(("go",))})
    assert reading.read(book).entries[0].scope == Causes(when=(cause,)), "what the narrow run showed is a part of this"


def test_add_says_that_a_failure_may_be_flaky(
    interop: Command, last: Callable[..., None], book: Path, tmp_path: Path
) -> None:
    asked = ("ledger", "add", "push_pull", "--reason", "x", "--ledger", book)
    for name, result in (("1", LOST), ("2", PASS), ("3", LOST)):
        last({"push_pull/tcp/c:go": result})
        (tmp_path / "runs" / name).mkdir(parents=True)
        shutil.copy(tmp_path / "events.jsonl", tmp_path / "runs" / name)
    said = interop(*asked)[1]
    assert "push_pull/tcp/c:go passed in 1 of 3 kept runs: if nothing has changed since, it is flaky" in said
    shutil.rmtree(tmp_path / "runs")
    book.write_text(KEPT)
    said = interop(*asked)[1]
    assert "if a cell passes when it is played again, it is flaky, and its entry needs a measured rate (docs" in said


def test_add_says_which_cells_stay_red(interop: Command, last: Callable[..., None], book: Path) -> None:
    last({"push_pull/tcp/c:go": (Verdict.FAIL, Kind.HUNG), "push_pull/tcp/go:c": LOST, "push_pull/ipc/go:c": LOST})
    book.write_text(ENTRY.format("push_pull/tcp/c:go"))
    code, said = interop("ledger", "add", "push_pull/tcp", "--reason", "y", "--ledger", book)
    assert code == Exit.FAILED
    assert "a new entry for 1 cell: " in said
    assert f"still red: push_pull/tcp/c:go: {book}:1 expects it to fail as lost (x)" in said
    assert "still red, since not selected: 1 cell: push_pull/ipc/go:c" in said


def test_add_writes_the_last_ledger_of_the_command_or_else_of_the_run(
    interop: Command, last: Callable[..., None], tmp_path: Path
) -> None:
    ours, first, second = (tmp_path / name for name in ("ours.toml", "first.toml", "second.toml"))
    interop = functools.partial(interop, ours=ours)
    for file in (ours, first, second):
        file.write_text(KEPT)
    asked = ("ledger", "add", "push_pull", "--reason", "x")
    failing = {"push_pull/tcp/c:go": LOST, "push_pull/tcp/go:c": PASS}
    last(failing, again=["--ledger", str(second), "--ledger", str(first)])
    assert interop(*asked, "--ledger", first, "--ledger", second)[0] == Exit.OK
    assert [file.read_text() == KEPT for file in (ours, first, second)] == [True, True, False]
    code, said = interop(*asked)
    assert (code, f"{second}:3 already covers" in said) == (Exit.USAGE, True), "the run had that file"
    last(failing, again=["--ledger", str(first)])
    code, said = interop(*asked)
    assert (code, "give runs" in said) == (Exit.OK, False)
    assert [file.read_text() == KEPT for file in (ours, first, second)] == [True, False, False]
    last(failing)
    assert interop(*asked)[0] == Exit.OK
    assert ours.read_text() != KEPT


def test_add_to_a_file_of_ones_own_overrides_the_project_s(
    interop: Command, last: Callable[..., None], book: Path, tmp_path: Path
) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text(ENTRY.format("push_pull/tcp/c:go"))
    last({"push_pull/tcp/c:go": (Verdict.FAIL, Kind.HUNG)})
    assert interop("ledger", "add", "push_pull", "--reason", "y", "--ledger", book, ours=ours)[0] == Exit.OK
    loaded = reading.load([book], own=ours, here=ours)
    entry = loaded.covering(subject("push_pull/tcp/c:go"), Circumstances(runtimes={}, libraries={}))
    assert entry is not None
    assert (entry.reason, entry.kinds) == ("y", (Kind.HUNG,))
    findings.refuse_overlaps(loaded, [subject("push_pull/tcp/c:go")])


def test_add_of_one_kind_leaves_failures_of_others_red(
    interop: Command, last: Callable[..., None], tmp_path: Path
) -> None:
    last({"push_pull/tcp/c:go": LOST, "push_pull/tcp/go:c": (Verdict.FAIL, Kind.UNCOMPILABLE)})
    book = tmp_path / "new.toml"
    asked = ("ledger", "add", "push_pull", "--reason", "x", "--ledger", book, "--kind")
    code, said = interop(*asked, "uncompilable")
    assert (code, "flaky" in said) == (Exit.OK, False), "a compiler always refuses what it refuses"
    when = 'when = { scenario = "push_pull", pusher = "go", puller = "c" }'
    assert book.read_text() == f'[[failure]]\n{when}\nkind = "uncompilable"\nreason = "x"\n'
    code, said = interop(*asked, "hung")
    assert code == Exit.USAGE
    assert "selects no cell that failed (hung) in the last run" in said


def test_add_makes_a_file_where_there_is_none(interop: Command, last: Callable[..., None], tmp_path: Path) -> None:
    last({"push_pull/tcp/c:go": LOST})
    assert interop("ledger", "add", "push_pull", "--reason", "x", "--ledger", tmp_path / "new.toml")[0] == Exit.OK
    assert (tmp_path / "new.toml").read_text().startswith("[[failure]]")


def test_prune_takes_out_what_is_no_more(interop: Command, last: Callable[..., None], book: Path) -> None:
    stays = "# This stays.\n" + ENTRY.format("push_pull/udp/*")
    text = (
        KEPT
        + ENTRY.format("pigeon/*")
        + "\n# About what is fixed.\n"
        + ENTRY.format("push_pull/ipc/c:c")
        + ENTRY.format("push_pull/tcp/*")
        + stays
    )
    book.write_text(text)
    last(
        {
            "push_pull/ipc/c:c": (Verdict.FIXED, Kind.LOST),
            "push_pull/tcp/c:c": PASS,
            "push_pull/tcp/c:go": KNOWN,
            "push_pull/tcp/go:go": LOST,
            "push_pull/udp/c:c": LOST,
            "push_pull/epgm/c:go": (Verdict.UNSUPPORTED, None),
        }
    )
    code, dry = interop("ledger", "prune", "--ledger", book, "--dry-run")
    assert (code, book.read_text()) == (Exit.OK, text)
    assert "3 of 4 entries would be changed" in dry
    code, said = interop("ledger", "prune", "--ledger", book)
    assert code == Exit.OK
    assert f"{book}:3: stale" in said
    assert f"{book}:9: fixed: the only cell that it covers passes" in said
    assert f"{book}:13: too broad: 1 of the 3 cells that it covers pass" in said
    cause = 'when = { scenario = "push_pull", transport = "tcp", puller = "go" }'
    narrowed = ENTRY.format("push_pull/tcp/*").replace("cells = ['push_pull/tcp/*']", cause)
    assert book.read_text() == KEPT + narrowed + stays
    assert "0 of 2 entries changed" in interop("ledger", "prune", "--ledger", book)[1]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"whole": False}, "the last run was partial"),
        ({"ends": False}, "the log has no end"),
    ],
)
def test_prune_asks_for_a_whole_run(
    interop: Command, last: Callable[..., None], book: Path, how: dict[str, bool], says: str
) -> None:
    last({"push_pull/tcp/c:c": PASS}, **how)
    code, said = interop("ledger", "prune", "--ledger", book)
    assert code == Exit.USAGE
    assert says in said


def test_without_a_run_there_is_nothing_to_learn_from(interop: Command, book: Path) -> None:
    code, said = interop("ledger", "prune", "--ledger", book)
    assert code == Exit.USAGE
    assert "there is no run yet" in said


def test_the_baseline_is_written_anew_and_shows_what_changed(interop: Command, tmp_path: Path) -> None:
    path = tmp_path / "interop-baseline.toml"
    code, said = interop("baseline")
    assert code == Exit.OK
    assert "+ scenarios = " in said
    assert interop("baseline") == (Exit.OK, "interop-baseline.toml: unchanged\n")
    path.write_text(path.read_text().replace("scenarios = ", "scenarios = 9"))
    code, said = interop("baseline")
    assert "- scenarios = 9" in said
    assert "+ scenarios = " in said


def test_a_file_that_cannot_be_written_is_said_and_stays(
    interop: Command, last: Callable[..., None], tmp_path: Path
) -> None:
    last({"push_pull/tcp/c:go": LOST})
    (tmp_path / ".book.toml.new").mkdir()
    code, said = interop("ledger", "add", "push_pull", "--reason", "x", "--ledger", tmp_path / "book.toml")
    assert code == Exit.USAGE
    assert f"{tmp_path / 'book.toml'}: Is a directory" in said
