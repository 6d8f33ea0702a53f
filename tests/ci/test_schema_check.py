"""`interop schema check`: what it finds against a commit or a folder, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci.git import git
from tests.space import HERE
from zmq_interop.cli import schema_gate
from zmq_interop.schemas import buf
from zmq_interop.system import commands, wheels, workspace
from zmq_interop.system.errors import Exit, InteropError, ToolBroken, UsageError
from zmq_interop.system.paths import PROTO, ROOT

OLD = """syntax = "proto3";
package shop;
message Order {
  uint32 count = 1;
  string id = 2;
}
"""
NEW = OLD.replace("uint32 count", "sint32 count").replace("  string id = 2;\n", "")
MODULE = "version: v2\nmodules:\n  - path: messages\nlint:\n  use: [STANDARD]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, named `old`, and a working tree where that has been changed."""
    folder = tmp_path / "repository"
    (folder / "messages").mkdir(parents=True)
    (folder / "messages/order.proto").write_text(OLD)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "old")
    git(folder, "tag", "old")
    (folder / "messages/order.proto").write_text(NEW)
    return folder


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], repository: Path) -> Check:
    """Checks a folder of the repository; gives back the exit code and what was said."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(repository)

    def run(against: str, *folders: str | Path) -> tuple[int, str]:
        code = schema_gate.check(against, [Path(folder) for folder in folders or ("messages",)], HERE, install=False)
        return code, capsys.readouterr().out

    return run


def test_a_change_is_told_with_its_line_and_the_cells_that_show_it(check: Check, repository: Path) -> None:
    code, said = check("old")
    assert code == Exit.FAILED
    assert 'messages/order.proto:4:3: FIELD_SAME_TYPE: Field "1"' in said
    assert "schema_skew/tcp/unsafe-int32-sint32\n" in said
    assert "messages/order.proto:3:1: FIELD_NO_DELETE" in said
    assert "./interop run schema_skew/tcp/field-removed" in said
    assert "these cells play the project's own messages" in said
    assert said.splitlines()[-1] == "lint: 0; breaking against old: 2"
    assert git(repository, "status", "--porcelain") == "M messages/order.proto", "no checkout is touched"


def test_a_field_that_is_no_longer_optional_has_lost_its_presence(check: Check, tmp_path: Path) -> None:
    for name, label in (("before", "optional "), ("after", "")):
        (tmp_path / name).mkdir()
        text = f'syntax = "proto3"; package p; message M {{ {label}int32 n = 1; }}'
        (tmp_path / name / "m.proto").write_text(text)
    for older, newer, says in (("before", "after", "lost"), ("after", "before", "new")):
        code, said = check(str(tmp_path / older), tmp_path / newer)
        assert code == Exit.FAILED
        assert f"  on the wire: presence is {says}: " in said


def test_the_same_against_a_folder(check: Check, repository: Path, tmp_path: Path) -> None:
    older = tmp_path / "older, #1"  # characters to which buf gives a meaning
    older.mkdir()
    (older / "order.proto").write_text(OLD)
    told = check("old")[1].splitlines()[:-1]
    assert check(str(older))[1].splitlines()[:-1] == told


def test_what_has_not_changed_breaks_nothing(check: Check, repository: Path) -> None:
    git(repository, "commit", "--quiet", "--all", "--message", "new")
    assert check("HEAD") == (Exit.OK, "lint: 0; breaking against HEAD: 0\n")


def test_the_project_s_own_protos_are_clean() -> None:
    assert schema_gate.check(str(ROOT), [PROTO], HERE, install=False) == Exit.OK


def test_a_buf_yaml_above_says_what_is_checked_and_how(check: Check, repository: Path) -> None:
    (repository / "buf.yaml").write_text(MODULE)
    code, said = check("old")  # which had no buf.yaml yet
    assert code == Exit.FAILED
    assert "messages/order.proto:2:1: PACKAGE_VERSION_SUFFIX: " in said
    assert "messages/order.proto:4:3: FIELD_SAME_TYPE: " in said
    (repository / "buf.yaml").write_text(f"{MODULE}  except: [PACKAGE_VERSION_SUFFIX, PACKAGE_DIRECTORY_MATCH]\n")
    assert "lint: 0; breaking against old: 2" in check("old")[1]
    (repository / "buf.yaml").write_text(f"{MODULE}breaking:\n  use: [FILE]\n  except: [FIELD_NO_DELETE]\n")
    assert "breaking against old: 1" in check("old")[1]


def test_a_buf_yaml_that_speaks_of_other_protos_is_not_meant(check: Check, repository: Path) -> None:
    (repository / "other").mkdir()
    (repository / "other/other.proto").write_text('syntax = "proto3";\n')
    (repository / "buf.yaml").write_text(MODULE.replace("messages", "other"))
    assert "lint: 0; breaking against old: 2" in check("old")[1]


def test_a_file_that_git_archive_leaves_out_is_compared_too(check: Check, repository: Path) -> None:
    (repository / ".gitattributes").write_text("*.proto export-ignore\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "--quiet", "--message", "attributes", ".gitattributes")
    assert "breaking against HEAD: 2" in check("HEAD")[1]


def test_a_file_behind_a_link_is_compared_too(check: Check, repository: Path) -> None:
    git(repository, "checkout", "--quiet", "messages")
    (repository / "linked").symlink_to("messages")
    (repository / "single").mkdir()
    (repository / "single/order.proto").symlink_to("../messages/order.proto")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "links")
    (repository / "messages/order.proto").write_text(NEW)
    assert "breaking against HEAD: 2" in check("HEAD", "single")[1]


def test_a_deleted_file_breaks(check: Check, repository: Path) -> None:
    (repository / "messages/other.proto").write_text(OLD.replace("Order", "Other"))
    (repository / "messages/order.proto").unlink()
    code, said = check("old")
    assert code == Exit.FAILED
    assert 'messages: FILE_NO_DELETE: Previously present file "order.proto"' in said


def test_protos_that_are_all_new_break_nothing_and_that_is_said(check: Check, repository: Path) -> None:
    (repository / "fresh").mkdir()
    (repository / "fresh/order.proto").write_text(NEW)
    code, said = check("old", "fresh")
    assert code == Exit.OK
    assert "has no protos in " in said


def test_protos_that_do_not_compile_are_told_and_not_compared(check: Check, repository: Path) -> None:
    (repository / "messages/order.proto").write_text(OLD.replace("uint32", "Nowhere"))
    code, said = check("old")
    assert code == Exit.FAILED
    assert "messages/order.proto:4:3: COMPILE: " in said
    assert "lint: 1; breaking against old: 0" in said


def test_an_older_version_that_does_not_compile_is_wrong_usage(check: Check, repository: Path) -> None:
    git(repository, "commit", "--quiet", "--all", "--message", "new")
    (repository / "messages/order.proto").write_text(OLD.replace("uint32", "Nowhere"))
    git(repository, "commit", "--quiet", "--all", "--message", "bad")
    (repository / "messages/order.proto").write_text(OLD)
    with pytest.raises(UsageError, match=r"HEAD \(\w{10}\) does not compile: order.proto:4:3: "):
        check("HEAD")


def test_on_github_each_finding_is_an_annotation(
    check: Check, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository))
    _, said = check("old")
    start = "::error title=schema check,file=messages/order.proto,line=4,col=3::FIELD_SAME_TYPE: "
    assert [line for line in said.splitlines() if line.startswith(start)]


@pytest.mark.parametrize(
    ("against", "folder", "says"),
    [
        ("nowhere", "messages", "neither a folder nor a commit of .*/repository"),
        ("--output=x", "messages", "neither a folder nor a commit"),
        ("./nowhere", "messages", "there is no such folder"),
        ("main", "../elsewhere", "is in no git repository"),
        ("old", "nowhere", "does not exist"),
        ("old", "README", "is not a folder"),
        ("old", "empty", "it contains no .proto file"),
        ("empty", "messages", "it contains no .proto file"),
        ("both", "messages", "is both a folder and a commit"),
    ],
)
def test_what_cannot_be_compared(against: str, folder: str, says: str, check: Check, repository: Path) -> None:
    (repository / "README").touch()
    (repository / "empty").mkdir()
    git(repository, "tag", "both")
    for name in ("both", "../elsewhere"):
        (repository / name).mkdir()
        (repository / name / "order.proto").write_text(OLD)
    with pytest.raises(UsageError, match=says):
        check(against, folder)
    if against == "both":
        assert "breaking against ./both: 2" in check("./both")[1]


def test_one_folder_is_not_the_older_version_of_two(check: Check, repository: Path) -> None:
    (repository / "more").mkdir()
    (repository / "more/order.proto").write_text(OLD)
    assert "lint: 0; breaking against old: 2" in check("old", "messages", "more")[1]
    with pytest.raises(UsageError, match="cannot be the older version of 2"):
        check("./more", "messages", "more")


def test_a_folder_without_the_buf_yaml_is_no_older_version_of_one_with_it(check: Check, repository: Path) -> None:
    (repository / "buf.yaml").write_text(MODULE)
    with pytest.raises(UsageError, match=r"it has no buf\.yaml"):
        check("./messages")


def test_a_submodule_hides_nothing(check: Check, repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(repository), str(other))
    git(repository, "submodule", "--quiet", "add", str(other), "messages/shared")
    git(repository, "commit", "--quiet", "--message", "submodule")
    with pytest.raises(UsageError, match="messages/shared is a submodule"):
        check("HEAD")


def test_a_buf_yaml_that_cannot_be_read_is_not_green(check: Check, repository: Path) -> None:
    (repository / "buf.yaml").write_text("{")
    with pytest.raises(ToolBroken, match=r"buf\.yaml"):
        check("old")


def test_without_buf_it_says_how_to_get_it(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(buf, "VERSION", "0.0.1")  # so that no other one counts
    with pytest.raises(ToolBroken, match="omit --no-install") as missing:
        check("old")
    assert missing.value.exit_code == Exit.BROKEN

    async def refused(_wheel: str, _below: Path) -> commands.Done:
        return commands.Done(1, "No matching distribution found")

    monkeypatch.setattr(wheels, "bring", refused)
    with pytest.raises(InteropError, match="pip could not install buf-bin"):
        schema_gate.check("old", [Path("messages")], workspace.at(tmp_path / "work"), install=True)
    assert "installing buf-bin" in capsys.readouterr().err
