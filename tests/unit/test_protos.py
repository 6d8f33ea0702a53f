"""The shared protos: their digest, and a clear error for one that does not compile."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.schemas import project
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import home, workspace
from zmq_interop.system.errors import Exit, ProtoError, UsageError

GOOD = 'syntax = "proto3";\npackage p;\nmessage M { string s = 1; }\n'


def write(folder: Path, **files: str) -> ProtoSet:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.proto").write_text(text)
    return project.scan(folder)


def test_protos_are_found_in_all_folders_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b/z", "a", "b/y"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.proto").write_text(GOOD)
    (tmp_path / "README.md").write_text("no proto")
    assert project.scan(tmp_path).files == ("a.proto", "b/y.proto", "b/z.proto")


def test_the_digest_changes_with_content_and_with_name_and_with_nothing_else(tmp_path: Path) -> None:
    first = write(tmp_path / "1", a=GOOD, b=GOOD).digest
    assert write(tmp_path / "2", b=GOOD, a=GOOD).digest == first
    assert write(tmp_path / "3", a=GOOD, b=GOOD + " ").digest != first
    assert write(tmp_path / "4", a=GOOD, c=GOOD).digest != first
    assert re.fullmatch(r"[0-9a-f]{64}", first)


@given(st.tuples(*[st.text("ab", max_size=4)] * 4))
def test_where_one_file_ends_and_the_next_begins_is_part_of_the_digest(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str, str]
) -> None:
    folder = tmp_path_factory.mktemp("protos")
    first = write(folder, a=texts[0], b=texts[1]).digest
    second = write(folder, a=texts[2], b=texts[3]).digest
    assert (first == second) == (texts[:2] == texts[2:])


def test_a_build_learns_where_the_protos_are(tmp_path: Path) -> None:
    found = write(tmp_path, a=GOOD)
    environment = found.environment()
    assert environment["INTEROP_PROTO_DIR"] == str(tmp_path)
    assert environment["INTEROP_PROTOS"] == "a.proto"
    assert environment["INTEROP_PROTO_DIGEST"] == found.digest
    assert environment["INTEROP_PROTOC"].endswith("-m grpc_tools.protoc")


def test_a_folder_without_protos_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtoError, match=r"has no \.proto files"):
        project.scan(tmp_path)


def test_a_name_with_a_blank_is_refused_since_builds_get_a_list_with_blanks(tmp_path: Path) -> None:
    (tmp_path / "a b.proto").write_text(GOOD)
    with pytest.raises(ProtoError, match=re.escape("a b.proto: a proto's path must not contain spaces")):
        project.scan(tmp_path)


def test_a_proto_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.proto").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ProtoError, match=r"a\.proto: No such file"):
        project.scan(tmp_path)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('syntax = "proto3";\nmessage M { string s 1; }\n', r"a\.proto:2:22: Missing field number"),
        ('syntax = "proto3";\nmessage M { Pigeon p = 1; }\n', r'a\.proto:2:13: "Pigeon" is not defined'),
        ('syntax = "proto3";\nimport "b.proto";\n', r"a\.proto:2:1: Import \"b\.proto\" was not found"),
        ("\x00\xff\x1b[2J", r"a\.proto:1:1: "),
        ('syntax = "proto9";\n', r"a\.proto:1:10: "),
    ],
    ids=["syntax", "unknown type", "unknown import", "garbage", "later syntax"],
)
def test_a_proto_that_does_not_compile_is_told_with_file_line_column_and_message(
    tmp_path: Path, text: str, where: str
) -> None:
    found = write(tmp_path / "protos", a=text)
    with pytest.raises(ProtoError, match=where) as error:
        project.compiled(found, tmp_path / "gen")
    assert error.value.exit_code == Exit.USAGE
    assert str(tmp_path / "protos") in error.value.message
    assert list(tmp_path.glob("gen*")) == [], "nothing half made is left"


def test_code_is_generated_once_for_a_digest(tmp_path: Path) -> None:
    found = write(tmp_path / "protos", a=GOOD)
    target = project.compiled(found, tmp_path / "gen")
    (target / "mark").touch()
    project.compiled(found, tmp_path / "gen")
    assert (target / "mark").exists()
    assert (target / "a_pb2.py").exists()
    assert (target / "a_pb2.pyi").exists()
    assert (target / "descriptors.binpb").exists()


def test_what_the_harness_needs_is_on_the_path_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    space = workspace.at(tmp_path / "work")
    assert project.generate(space) == project.generate(space) == space.generated
    assert sys.path.count(str(space.generated)) == 1
    assert home.is_ours(space.folder)


def test_code_is_generated_again_when_the_protos_changed(tmp_path: Path) -> None:
    project.compiled(write(tmp_path / "protos", a=GOOD), tmp_path / "gen")
    (tmp_path / "gen" / "mark").touch()
    project.compiled(write(tmp_path / "protos", a=GOOD.replace("string s", "bytes s")), tmp_path / "gen")
    assert not (tmp_path / "gen" / "mark").exists()


def test_a_failed_generation_leaves_what_was_there(tmp_path: Path) -> None:
    target = project.compiled(write(tmp_path / "protos", a=GOOD), tmp_path / "gen")
    with pytest.raises(ProtoError):
        project.compiled(write(tmp_path / "protos", a="garbage"), tmp_path / "gen")
    assert (target / "a_pb2.py").exists()


def test_two_at_the_same_time_generate_once(tmp_path: Path) -> None:
    found = write(tmp_path / "protos", a=GOOD)
    protoc = mock.Mock(wraps=project.run_protoc)
    with ThreadPoolExecutor(4) as pool:
        targets = list(pool.map(lambda _: project.compiled(found, tmp_path / "gen", protoc), range(4)))
    assert set(targets) == {tmp_path / "gen"}
    protoc.assert_called_once()


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(UsageError, match=r"make .* writable"):
        project.compiled(write(tmp_path / "protos", a=GOOD), tmp_path / "state" / "gen")
