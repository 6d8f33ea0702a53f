"""The protos of a run: what is found where, and that one bad file costs no other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from zmq_interop.schemas import gather as schemas
from zmq_interop.schemas import payloads, project
from zmq_interop.schemas.gather import Schemas
from zmq_interop.system.errors import Exit, ProtoError, UsageError
from zmq_interop.system.paths import PROTO

Gather = Callable[..., Schemas]
GOOD = 'syntax = "proto3";\nmessage Good { string s = 1; }\n'


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A user's folder with one sound proto."""
    folder = tmp_path / "user"
    write(folder, "good.proto", GOOD)
    return folder


@pytest.fixture
def gather(tmp_path: Path, ours: Path) -> Gather:
    def gather(*folders: Path, own: Path = ours) -> Schemas:
        return schemas.gather(tmp_path / "snapshots", folders, own)

    return gather


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_users_protos_peers_are_built_from_the_projects(gather: Gather) -> None:
    found = gather()
    scanned = project.scan(below=project.OWN)
    assert (found.protos.files, found.protos.digest) == (scanned.files, scanned.digest)
    assert found.defects == {}


def test_the_snapshot_has_all_protos_and_their_descriptors(user: Path, gather: Gather) -> None:
    write(user, "a/b.proto", 'syntax = "proto3"; package x.y; import "good.proto"; message B { Good g = 1; }')
    found = gather(user)
    assert {"good.proto", "a/b.proto", "interop/payload/v1/shapes.proto"} <= set(found.protos.files)
    assert all((found.protos.folder / name).is_file() for name in found.protos.files)
    files = payloads.load(found.descriptors).files
    assert files["x.y.B"] == "a/b.proto"
    assert files["Good"] == "good.proto"
    assert not [name for name in files if name.startswith(("google.", "interop.control."))]


def test_what_is_dropped_into_the_projects_folder_is_taken_and_judged_alike(tmp_path: Path, gather: Gather) -> None:
    own = tmp_path / "proto"
    write(own, "interop/payload/v1/a.proto", 'syntax = "proto3"; package interop.payload.v1; message A {}')
    write(own, "mine.proto", GOOD)
    bad = write(own, "bad.proto", "garbage")
    write(own, "google/protobuf/empty.proto", GOOD)
    found = gather(own=own)
    assert found.protos.files == ("interop/payload/v1/a.proto", "mine.proto")
    assert found.defects["bad.proto"].startswith(f"{bad}:1:1: ")
    assert "belongs to Protocol Buffers" in found.defects["google/protobuf/empty.proto"]


def test_one_of_the_projects_own_that_does_not_compile_ends_the_run(tmp_path: Path, gather: Gather) -> None:
    write(tmp_path / "proto", "interop/a.proto", "garbage")
    with pytest.raises(ProtoError, match=r"interop/a\.proto:1:1: "):
        gather(own=tmp_path / "proto")


BAD = {
    "syntax": ({"x.proto": 'syntax = "proto3";\nmessage X { string s 1; }\n'}, {"x.proto": ":2:22: Missing field"}),
    "import": ({"x.proto": 'syntax = "proto3";\nimport "no.proto";\n'}, {"x.proto": ':2:1: Import "no.proto"'}),
    "importer": (
        {"x.proto": "garbage", "y.proto": 'syntax = "proto3";\nimport "x.proto";\n'},
        {"x.proto": ":1:1: ", "y.proto": ':2:1: Import "x.proto"'},
    ),
    "cycle": (
        {"x.proto": 'syntax = "proto3";\nimport "y.proto";\n', "y.proto": 'syntax = "proto3";\nimport "x.proto";\n'},
        {
            "x.proto": ":2:1: File recursively imports itself: x.proto -> y.proto",
            "y.proto": ":2:1: File recursively imports itself: y.proto -> x.proto",
        },
    ),
    "twice": (
        {
            "x.proto": 'syntax = "proto3";\nmessage X {}\n',
            "y.proto": 'syntax = "proto3";\nmessage X {}\n',
            "z.proto": 'syntax = "proto3";\nimport "y.proto";\nmessage Z { X x = 1; }\n',
        },
        {"y.proto": ':2:9: "X" is already defined in file "x.proto"', "z.proto": ':2:1: Import "y.proto"'},
    ),
    "project's name": (
        {"x.proto": 'syntax = "proto3";\npackage interop.payload.v1;\nmessage Shapes {}\n'},
        {"x.proto": ':3:9: "interop.payload.v1.Shapes" is already defined in file "interop/'},
    ),
    "not text": ({"x.proto": b'syntax = "proto3";\n// \xff\n'}, {"x.proto": ":2: not UTF-8"}),
    "too large": ({"x.proto": b" " * (schemas.MAX_BYTES + 1)}, {"x.proto": ": 1048577 bytes: "}),
    "blank": ({"a b.proto": GOOD}, {"a b.proto": ": a proto's path may contain letters"}),
    "shell": ({"$(x).proto": GOOD}, {"$(x).proto": ": a proto's path may contain letters"}),
    "option": ({"-x.proto": GOOD}, {"-x.proto": ": a proto's path may contain letters"}),
    "deep": (
        {"x.proto": 'syntax = "proto3";\n' + "message M {" * 9999},
        {"x.proto": ":2:342: Reached maximum recursion"},
    ),
}


@pytest.mark.parametrize(("files", "says"), BAD.values(), ids=BAD)
def test_a_bad_proto_is_told_and_the_others_stay(
    files: dict[str, str | bytes], says: dict[str, str], user: Path, gather: Gather
) -> None:
    for name, text in files.items():
        write(user, name, text)
    found = gather(user)
    assert set(found.defects) == set(says)
    for name, text in says.items():
        assert found.defects[name].startswith(f"{user / name}{text}")
    assert set(found.protos.files) == set(project.scan(below=project.OWN).files) | {"good.proto"} | (
        set(files) - set(says)
    )
    assert gather(user) == found, "and so it is when the snapshot is there already"


def test_links_are_followed_but_for_those_that_lead_back(user: Path, tmp_path: Path, gather: Gather) -> None:
    write(tmp_path / "elsewhere", "far.proto", GOOD.replace("Good", "Far"))
    (user / "link").symlink_to(tmp_path / "elsewhere")
    (user / "up").symlink_to(user)
    (user / "loop.proto").symlink_to("loop.proto")
    (user / "gone.proto").symlink_to("nowhere")
    os.mkfifo(user / "pipe.proto")
    found = gather(user)
    assert "link/far.proto" in found.protos.files
    assert {name: why.removeprefix(f"{user / name}: ") for name, why in found.defects.items()} == {
        "up": "a symbolic link that leads back to a folder above it",
        "loop.proto": "Too many levels of symbolic links",
        "gone.proto": "No such file or directory",
        "pipe.proto": "not a file",
    }


def test_a_folder_that_cannot_be_read_is_told(user: Path, gather: Gather, monkeypatch: pytest.MonkeyPatch) -> None:
    (user / "closed").mkdir()
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert gather(user).defects == {"closed": f"{user / 'closed'}: Permission denied"}


def test_a_name_that_is_not_utf_8_can_be_written_down(user: Path, gather: Gather) -> None:
    (user / os.fsdecode(b"\xff.proto")).write_text(GOOD)
    (name,) = gather(user).defects
    assert name == r"\xff.proto"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "does not exist"),
        (lambda folder: folder.write_text(""), "is not a folder"),
        (lambda folder: folder.symlink_to(folder), "is not a folder"),
        (lambda folder: folder.mkdir(), "it contains no .proto file"),
        (lambda folder: write(folder, "interop/x.proto", GOOD), "must not contain a folder interop/"),
        (lambda folder: write(folder, "google/protobuf/x.proto", GOOD), "must not contain a folder google/protobuf/"),
    ],
    ids=["absent", "file", "loop", "empty", "interop", "google"],
)
def test_a_folder_that_cannot_be_used_is_a_usage_error(
    make: Callable[[Path], object], says: str, tmp_path: Path, gather: Gather
) -> None:
    make(tmp_path / "user")
    with pytest.raises(UsageError, match=re.escape(says)) as error:
        gather(tmp_path / "user")
    assert error.value.exit_code == Exit.USAGE
    assert str(tmp_path / "user") in error.value.message


def test_the_projects_folder_is_no_folder_of_a_users(gather: Gather) -> None:
    for folder in (PROTO, PROTO.parent, PROTO / "interop"):
        with pytest.raises(UsageError, match="is already part of every run"):
            gather(folder, own=PROTO)


def test_one_file_in_two_folders_must_be_the_same(user: Path, tmp_path: Path, gather: Gather) -> None:
    other = write(tmp_path / "other", "good.proto", GOOD)
    assert gather(user, tmp_path / "other") == gather(user)
    other.write_text(GOOD + "// changed\n")
    with pytest.raises(UsageError, match="have the same name in two folders"):
        gather(user, tmp_path / "other")


@pytest.mark.parametrize("limit", ["MAX_SEEN", "MAX_FILES", "MAX_NAMES"])
def test_there_are_not_too_many(limit: str, user: Path, gather: Gather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, limit, 1)
    with pytest.raises(UsageError):
        gather(user)


def test_few_snapshots_are_kept_and_the_one_in_use_is(
    user: Path, tmp_path: Path, gather: Gather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "KEPT", 2)
    for number in range(4):
        write(user, "good.proto", GOOD + f"// {number}\n")
        last = gather(user).protos.folder.parent
    assert len(list((tmp_path / "snapshots").iterdir())) == 2
    assert last.is_dir()


def test_a_place_where_nothing_can_be_written(user: Path, tmp_path: Path, gather: Gather) -> None:
    (tmp_path / "snapshots").touch()
    with pytest.raises(UsageError, match=r"make .* writable"):
        gather(user)
