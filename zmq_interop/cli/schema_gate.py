"""Implements `interop schema check`: lints protos and finds breaking changes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import msgspec

from zmq_interop.results.report import github
from zmq_interop.schemas import buf, git_tree, skew
from zmq_interop.schemas.buf import Finding
from zmq_interop.system import home, scratch
from zmq_interop.system.errors import Exit, UsageError
from zmq_interop.system.paths import PROTO
from zmq_interop.system.stdio import show
from zmq_interop.system.text import plain
from zmq_interop.system.workspace import Workspace

_CONFIGS = ("buf.yaml", "buf.work.yaml")


class Older(msgspec.Struct, frozen=True, kw_only=True):
    """The older version of a root. name: to show. empty: whether it has no protos, so that nothing can break."""

    folder: Path
    name: str
    empty: bool = False


def check(against: str, folders: Sequence[Path], space: Workspace, *, install: bool) -> int:
    """Prints what `buf lint` and `buf breaking` find; returns the exit code.

    against: a folder, or a git revision in the repository that holds the protos. folders: those with protos; none means
    the project's own. Raises UsageError and ToolBroken.
    """
    return asyncio.run(_check(against, folders or (PROTO,), space, install=install))


async def _check(against: str, folders: Sequence[Path], space: Workspace, *, install: bool) -> int:
    for folder in folders:
        _must_have_protos(folder)
    program = await buf.find(space, lambda text: print(f"interop: {text}", file=sys.stderr), install=install)
    roots = list(dict.fromkeys([await _root(program, folder.resolve()) for folder in folders]))
    if _is_folder(against) and len(roots) > 1:
        raise UsageError(
            f"--against {against}: one folder cannot be the older version of {len(roots)} folders",
            "check each --proto separately",
        )
    lint: list[Finding] = []
    broken: list[Finding] = []
    for root in roots:
        with scratch.folder() as made:
            older = _older(against, root, made)
            ours = () if _configured(root) else ("--config", buf.CONFIG)
            found = await buf.lint(program, root, ours)
            _show(root, found)
            lint += found
            if older.empty:
                show(plain(f"{older.name} has no protos in {root}: all are new, so nothing can break"))
            elif not any(one.rule == buf.COMPILE for one in found):
                found = await _breaking(program, root, older, ours)
                _show(root, found, wire=True)
                broken += found
    cells = dict.fromkeys(cell for one in broken for cell in skew.effect(one.rule, one.message).cells)
    if cells:
        show(f"to see the effect between all languages: {home.COMMAND} run {' '.join(cells)}")
        show(
            "  these cells play the project's own messages, changed in the same way; `pass` means: the bytes arrived as"
        )
        show("  the specification says, and the reader got the value that is described above")
    show(plain(f"lint: {len(lint)}; breaking against {against}: {len(broken)}"))
    return Exit.FAILED if lint or broken else Exit.OK


def _must_have_protos(folder: Path) -> None:
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"--proto {folder}: {what}", "give the folder that imports in your protos are relative to")
    if _has_none(folder):
        raise UsageError(f"--proto {folder}: it contains no .proto file", "give the folder with your protos")


def _has_none(folder: Path) -> bool:
    return next(folder.rglob("*.proto"), None) is None


def _configured(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _CONFIGS)


async def _root(program: Path, folder: Path) -> Path:
    """The folder for buf to check: that of the buf.yaml at or above `folder` that covers its protos, else `folder`."""
    for one in (folder, *folder.parents):
        if _configured(one) and any(path.is_relative_to(folder) for path in await buf.files(program, one)):
            return one
        if (one / ".git").exists():
            break
    return folder


def _is_folder(against: str) -> bool:
    return Path(against).is_dir()


def _older(against: str, root: Path, scratch: Path) -> Older:
    """The older version of `root`. scratch: an empty folder that may hold it."""
    said_as_path = against.startswith((".", "/"))
    top = None if said_as_path else git_tree.top(root)
    commit = git_tree.commit(top, against) if top else ""
    if _is_folder(against):
        if commit:
            raise UsageError(
                f"--against {against} is both a folder and a commit", f"write ./{against} or refs/heads/{against}"
            )
        return _older_folder(Path(against), root, scratch)
    if said_as_path:
        raise UsageError(f"--against {against}: there is no such folder")
    if top is None:
        raise UsageError(
            f"--against {against}: there is no such folder, and {root} is in no git repository",
            "give --proto a folder in a git repository, or --against a folder with the older version",
        )
    if not commit:
        raise UsageError(
            f"--against {against}: neither a folder nor a commit of {top}",
            "CI often clones only the last commit: fetch the other one first, e.g. `git fetch origin main`",
        )
    inside = PurePosixPath(root.relative_to(top.resolve()).as_posix())
    git_tree.materialise(top, commit, inside, scratch)
    older = Older(folder=scratch / inside, name=f"{against} ({commit[:10]})")
    if not older.folder.is_dir() or _has_none(older.folder):
        return msgspec.structs.replace(older, empty=True)
    if _configured(root) and not _configured(
        older.folder
    ):  # an older version without a buf.yaml is compared under the current one
        for name in _CONFIGS:
            if (root / name).is_file():
                shutil.copy(root / name, older.folder)
    return older


def _older_folder(folder: Path, root: Path, scratch: Path) -> Older:
    if _has_none(folder):
        raise UsageError(f"--against {folder}: it contains no .proto file", f"give an older version of {root}")
    if _configured(root) and not _configured(folder):
        raise UsageError(
            f"--against {folder}: it has no buf.yaml, but {root} has", f"give a complete older version of {root}"
        )
    link = scratch / "older"  # buf interprets some characters in paths
    link.symlink_to(folder.resolve())
    return Older(folder=link, name=str(folder))


async def _breaking(program: Path, root: Path, older: Older, ours: Sequence[str]) -> list[Finding]:
    config = (*ours, "--against-config", buf.CONFIG) if ours else ()
    found = await buf.breaking(program, root, older.folder, config)
    for one in found:
        if one.rule == buf.COMPILE:
            where = os.path.relpath(one.path, older.folder) if one.path else ""
            raise UsageError(
                f"{older.name} does not compile: {where}:{one.line}:{one.column}: {one.message}",
                "compare with a version that does",
            )
    return found


def _show(root: Path, found: Sequence[Finding], *, wire: bool = False) -> None:
    """Prints the findings. wire: whether to add the effect on the wire."""
    for one in found:
        path = root / one.path if one.path else None
        text = f"{one.rule}: {one.message}"
        if github.at_work():
            show(github.error(text, title="schema check", file=path, line=one.line, column=one.column))
        else:
            where = f"{_shown(path)}:{one.line}:{one.column}" if path else _shown(root)
            show(plain(f"{where}: {text}"))
        if wire:
            effect = skew.effect(one.rule, one.message)
            show("\n".join([f"  on the wire: {effect.note}", *(f"    {cell}" for cell in effect.cells)]))


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) and path != here else str(path)
