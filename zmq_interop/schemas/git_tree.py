"""The protos of a repository as they were: read out of git's objects, so that no checkout is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from zmq_interop.system.errors import UsageError

_TAKEN = (".proto", "buf.yaml", "buf.lock", "buf.work.yaml")
NOW = 1 << 62  # later than every commit
_LINK, _SUBMODULE = b"120000", b"160000"


def top(folder: Path) -> Path | None:
    """The top of the working tree in which `folder` lies, None where that is no repository. Raises UsageError where git
    is not there, or does not trust the repository."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode == 0:
        return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    said = _said(done)
    if "not a git repository" in said:
        return None
    raise UsageError(f"git failed in {folder}: {said}", "fix the error above, or give --against a folder")


def commit(top: Path, ref: str) -> str:
    """The full id of the commit that `ref` names, "" where there is none."""
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def changed(top: Path, commit: str) -> list[str]:
    """The files of the working tree that differ from a commit or are new, and those that are gone; relative to `top`.
    Files that git ignores do not count. Raises UsageError where git fails."""
    told = _must(_git(top, "diff", "--name-only", "--no-renames", "-z", commit, "--"))
    new = _must(_git(top, "ls-files", "--others", "--exclude-standard", "-z"))
    return sorted({os.fsdecode(name) for name in (told + new).split(b"\0") if name})


def last_change(folder: Path) -> int | None:
    """When the folder last changed, in seconds since 1970 by its last commit; NOW if something in it is not committed.
    None where no repository tells."""
    found = _git(folder, "status", "--porcelain", "--", ".")
    if found.returncode != 0:
        return None
    if found.stdout:
        return NOW
    done = _git(folder, "log", "-1", "--format=%ct", "--", ".")
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip().isdigit() else None


def materialise(top: Path, commit: str, folder: PurePosixPath, target: Path) -> None:
    """Writes what a check of schemas reads, of the whole repository as of `commit`, into `target`, an empty folder.

    Not by `git archive`, which leaves out what .gitattributes says: of a proto that is missing in the old version,
    nothing can break. folder: the one that is to be checked, relative to `top`. Raises UsageError where a submodule in
    it hides protos.
    """
    files: list[tuple[bytes, str]] = []
    links: list[tuple[bytes, str]] = []
    for mode, object, name in _entries(top, commit):
        path = PurePosixPath(name)
        if mode == _SUBMODULE and path.is_relative_to(folder):
            raise UsageError(
                f"{name} is a submodule: its protos belong to another repository",
                f"check it separately: --proto {name}",
            )
        if ".." in path.parts or path.is_absolute():
            raise UsageError(
                f"{commit} has an entry {name!r}, which points outside the repository", "repair that commit"
            )
        if mode == _LINK:
            links.append((object, name))
        elif name.endswith(_TAKEN) and mode != _SUBMODULE:
            files.append((object, name))
    contents = _contents(top, [object for object, _ in files + links])
    for (_, name), content in zip(files, contents, strict=False):
        _place(target, name).write_bytes(content)
    for (_, name), content in zip(links, contents, strict=True):  # after the files: none is written through a link
        _place(target, name).symlink_to(os.fsdecode(content))


def _place(target: Path, name: str) -> Path:
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _entries(top: Path, commit: str) -> Iterator[tuple[bytes, bytes, str]]:
    """mode, object and name of everything in a commit."""
    for line in _must(_git(top, "ls-tree", "-r", "-z", "--full-tree", commit)).split(b"\0"):
        if line:
            facts, _, name = line.partition(b"\t")
            mode, _, object = facts.split(b" ")
            yield mode, object, os.fsdecode(name)


def _contents(top: Path, objects: list[bytes]) -> Iterator[bytes]:
    """What the objects have in them, in the order given."""
    told = _must(_git(top, "cat-file", "--batch", given=b"".join(object + b"\n" for object in objects)))
    at = 0
    for object in objects:
        end = told.index(b"\n", at)
        head = told[at:end].split(b" ")
        if len(head) != 3:
            raise UsageError(f"object {object.decode()} is missing from this clone", "fetch it: git fetch --refetch")
        at = end + 1 + int(head[2])
        yield told[end + 1 : at]
        at += 1


def _must(done: subprocess.CompletedProcess[bytes]) -> bytes:
    if done.returncode != 0:
        raise UsageError(f"git failed: {_said(done)}", "check the repository with `git fsck`")
    return done.stdout


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip()


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(folder), *arguments]
    env = {**os.environ, "LC_ALL": "C"}  # its messages are looked at
    try:
        return subprocess.run(command, input=given, env=env, capture_output=True, check=False)
    except FileNotFoundError:
        raise UsageError("git is not installed", "install it, or give --against a folder") from None
