"""The Action's own steps, played on a few cells: what they tell GitHub, and what becomes of what they are given."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci.git import git
from tests.ci.runner import Done, Runner, load
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

Machines = Callable[[Path], Runner]
FEW = {"peers": "c,python", "runtime": "process"}
PUSH_PULL = "planned 8 = pass 8 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0"
SCHEMA = ROOT / "action/schema"


def errors(done: Done) -> list[tuple[str, str]]:
    """Properties and text of the errors that GitHub shows; no other command may be in a log."""
    assert {name for name, _, _ in done.commands} <= {"error"}
    return [(properties, text) for _, properties, text in done.commands]


def test_a_green_run_is_told_by_outputs_summary_and_artefact(
    machines: Machines, checkout: Path, tmp_path: Path
) -> None:
    done = machines(checkout).action(ROOT, {**FEW, "pattern": "push_pull/tcp"})
    assert not done.failed, done.log
    assert errors(done) == []
    assert PUSH_PULL in done.summary
    assert done.outputs["account"] == PUSH_PULL
    assert done.outputs["exit-code"] == "0"
    kept = {path.name for path in (tmp_path / "artifacts/interop").iterdir()}
    assert kept >= {"events.jsonl", "junit.xml", "report.html", "summary.json", "summary.md", "badge.svg"}
    assert {path.name for path in Path(done.outputs["report"]).iterdir()} == kept
    assert [path.name for path in checkout.iterdir()] == ["interop"], "the workspace is the user's"


def test_what_is_excluded_is_not_played_and_told(machines: Machines, checkout: Path) -> None:
    given = {**FEW, "pattern": "push_pull/tcp", "exclude": "*/c:* */python:c"}
    done = machines(checkout).action(ROOT, given)
    assert not done.failed, done.log
    assert done.outputs["account"] == PUSH_PULL.replace("8", "2")
    assert "excluded: 6 cells by --exclude '*/c:*' (4), --exclude '*/python:c' (2)" in done.summary


def test_peers_of_the_workspace_play_beside_each_other(machines: Machines, checkout: Path) -> None:
    for name in ("agent", "released"):
        shutil.copytree(ROOT / "peers/python", checkout / name, ignore=shutil.ignore_patterns("build", "gen"))
    given = {"peers": "mine,mine-old", "peer": "mine=agent\nmine-old=released\n", "runtime": "process"}
    done = machines(checkout).action(ROOT, {**given, "pattern": "push_pull/tcp"})
    assert not done.failed, done.log
    assert done.outputs["account"] == PUSH_PULL


def test_a_red_run_is_red_and_says_which_cell_and_what_to_type(
    machines: Machines, checkout: Path, tmp_path: Path
) -> None:
    (checkout / "ledger.toml").write_text(
        '[[failure]]\ncells = ["push_pull/tcp/c:python"]\nkind = "lost"\nreason = "it is not"\n'
    )
    given = {**FEW, "pattern": "push_pull/tcp/c:python pair/tcp", "ledger": "ledger.toml"}
    done = machines(checkout).action(ROOT, given)
    assert done.failed
    assert done.outputs["exit-code"] == str(int(Exit.FAILED))
    told = [text for _, text in errors(done) if "again: interop run push_pull/tcp/c:python" in text]
    assert len(told) == 1
    assert "push_pull/tcp/c:python" in done.summary
    assert (tmp_path / "artifacts/interop/junit.xml").is_file()


def test_ledgers_of_the_workspace_add_to_that_of_the_suite_unless_it_is_left_out(
    machines: Machines, checkout: Path
) -> None:
    for name in ("first", "second"):
        (checkout / f"{name}.toml").write_text("")
    given = {"peers": "c,python", "runtime": "process", "pattern": "scalar", "ledger": "first.toml\nsecond.toml\n"}
    done = machines(checkout).action(ROOT, given)
    assert not done.failed, done.log
    assert "+ known 0" not in done.outputs["account"]
    done = machines(checkout).action(ROOT, {**given, "default-ledger": "false", "artifact": "alone"})
    assert done.failed
    assert "+ known 0" in done.outputs["account"]


def test_an_upgrade_that_breaks_something_is_red_and_says_what(
    machines: Machines, checkout: Path, tmp_path: Path
) -> None:
    given = {"peers": "c", "runtime": "process", "pattern": "odd_command/tcp/unknown"}
    done = machines(checkout).action(ROOT, {**given, "upgrade": "c libzmq==4.1.5"})
    assert done.failed
    assert done.outputs["exit-code"] == str(int(Exit.FAILED))
    ((_, text),) = errors(done)
    assert "the upgrade breaks something" in text
    assert "newly red 1" in done.summary
    assert "odd_command/tcp/unknown/c" in done.summary
    assert {path.name for path in (tmp_path / "artifacts/interop").iterdir()} == {"upgrade.txt", "progress.txt"}


@pytest.mark.parametrize(
    ("given", "code"),
    [({"shard": "4/3"}, Exit.USAGE), ({"pattern": "pigeon"}, Exit.NOTHING_SELECTED), ({"peers": "-x"}, Exit.USAGE)],
)
def test_where_nothing_is_played_the_step_says_so(
    given: dict[str, str], code: Exit, machines: Machines, checkout: Path
) -> None:
    done = machines(checkout).action(ROOT, given)
    assert done.failed
    assert [text for _, text in errors(done) if f"exit code {int(code)}" in text]
    assert done.outputs["exit-code"] == str(int(code))
    assert done.outputs["account"] == ""


def test_what_is_given_is_never_a_command_nor_a_glob_nor_an_option(machines: Machines, checkout: Path) -> None:
    texts = ('"; touch made; "', "$(touch made)", "`touch made`", "x\ntouch made", "--help", "*")
    inputs = ("pattern", "peers", "peer", "runtime", "proto", "ledger", "default-ledger", "shard")
    for number, (name, text) in enumerate(itertools.product(inputs, texts)):
        given = {"artifact": str(number), "pattern": "pigeon", name: text}
        if given["pattern"] == "*":
            given["peers"] = "pigeon"
        done = machines(checkout).action(ROOT, given)
        assert done.failed, given
        assert done.outputs["exit-code"] in "45", (given, done.log)
        assert [path.name for path in checkout.iterdir()] == ["interop"], given


def test_what_peers_and_users_write_is_no_command(machines: Machines, users: Path) -> None:
    bad = "- type: shop.v1.Order\n  name: bad\n  value: {'::error::\\n::add-mask::x': 1}\n"
    (users / "messages/bad.samples.yaml").write_text(bad)
    given = {**FEW, "pattern": "own_schemas/*bad*", "proto": "messages"}
    done = machines(users).action(ROOT, given)
    assert done.outputs["exit-code"] == str(int(Exit.BROKEN))
    assert len(errors(done)) == 1


def test_the_workflow_plays_shards_and_reports_them_as_one_run(
    machines: Machines, checkout: Path, tmp_path: Path
) -> None:
    jobs = load(ROOT / ".github/workflows/interop.yml")["jobs"]
    shards = jobs["play"]["strategy"]["matrix"]["shard"]
    for index, shard in enumerate(shards):
        contexts = {
            "inputs": {"pattern": "push_pull/tcp"},
            "matrix": {"shard": shard},
            "strategy": {"job-index": index},
        }
        assert not machines(checkout).job(jobs["play"], **contexts).failed
    merged = machines(checkout).job(jobs["report"])
    assert not merged.failed, merged.log
    whole = machines(checkout).action(ROOT, {"pattern": "push_pull/tcp", "artifact": "whole"})
    told, expected = (
        json.loads((tmp_path / f"artifacts/{name}/summary.json").read_text()) for name in ("report", "whole")
    )
    assert told["account"] == expected["account"]
    assert told["matrix"] == expected["matrix"]
    assert [cell["id"] for cell in told["cells"]] == [cell["id"] for cell in expected["cells"]]
    assert whole.outputs["account"] in merged.summary

    (tmp_path / "artifacts/shard-1/events.jsonl").unlink()
    for left in (tmp_path / "artifacts/report", checkout / "shards", checkout / "report"):
        shutil.rmtree(left)
    lacking = machines(checkout).job(jobs["report"])
    assert lacking.failed, "a shard that is missing is not green by silence"
    assert any(f"shard 2/{len(shards)} is missing" in text for _, text in errors(lacking))


def test_the_example_of_a_user_s_workflow(machines: Machines, users: Path, tmp_path: Path) -> None:
    jobs = load(ROOT / "examples/ci/github.yml")["jobs"]
    played = machines(users).job(jobs["messages"])
    assert not played.failed, played.log
    told = json.loads((tmp_path / "artifacts/interop/summary.json").read_text())
    assert {cell["scenario"] for cell in told["cells"]} == {"own_schemas"}
    assert {cell["values"]["message"].partition("@")[0] for cell in told["cells"]} >= {"shop.v1.Order", "Money"}
    checked = machines(users).job(jobs["schema"])
    assert not checked.failed, checked.log


def test_the_example_with_the_ledger_that_its_comment_shows(machines: Machines, users: Path, tmp_path: Path) -> None:
    text = (ROOT / "examples/ci/github.yml").read_text()
    assert text.count("# ledger: ") == 1
    (tmp_path / "github.yml").write_text(text.replace("# ledger: ", "ledger: "))
    jobs = load(tmp_path / "github.yml")["jobs"]
    shutil.rmtree(users / "messages")
    shutil.copytree(ROOT / "examples/refused", users / "messages")
    (users / "known-failures.toml").write_text(
        '[[failure]]\ncells = ["own_schemas/*/stock.v1.Level@*/c:*", "own_schemas/*/stock.v1.Level@*:c"]\n'
        'kind = "uncompilable"\nreason = "protobuf-c takes no optional field"\n'
    )
    played = machines(users).job(jobs["messages"])
    assert not played.failed, played.log
    assert "+ known 0" not in played.log


@pytest.mark.parametrize("depth", [(), ("--depth", "1")], ids=["whole", "shallow"])
def test_the_schema_gate_compares_with_the_commit_before(
    depth: tuple[str, ...], machines: Machines, users: Path, tmp_path: Path
) -> None:
    proto = users / "messages/shop/v1/article.proto"
    proto.write_text(proto.read_text().replace("string", "bytes", 1))
    git(users, "commit", "--quiet", "--all", "--message", "third")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", *depth, users.as_uri(), str(clone))
    done = machines(clone).action(SCHEMA, {"proto": "messages"})
    assert done.failed
    ((properties, text),) = errors(done)
    assert "file=messages/shop/v1/article.proto," in properties
    assert text.startswith("FIELD_SAME_TYPE: ")
    assert not machines(clone).action(SCHEMA, {"proto": "messages", "against": "HEAD"}).failed
