"""Programs from Debian's packages, unpacked into a folder of the project: nothing is installed in the system."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.bench import NotMeasured
from zmq_interop.system import commands, packages, scratch
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

_LIMIT = 900.0  # seconds
_WHOLE = ".whole"


def needed(simulated: str) -> list[str]:
    """The packages that `apt-get --simulate install` says it would unpack: "Inst NAME (VERSION ...)"."""
    lines = (line.split() for line in simulated.splitlines())
    return [words[1] for words in lines if len(words) > 1 and words[0] == "Inst"]


async def bring(names: Sequence[str], space: Workspace, say: Callable[[str], None]) -> Path:
    """The folder below which these packages lie as in a system, with what they need and the system lacks.

    Raises NotMeasured where there is no apt-get, or it fails.
    """
    below = space.make(space.tools / "debian")
    folder = below / "-".join(names)
    async with held(below):
        if (folder / _WHOLE).exists():
            return folder
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise NotMeasured(f"{names[0]} comes from Debian's packages, and there is no apt-get here")
        say(f"  fetching Debian's {', '.join(names)}")
        fresh = scratch.make(below)
        try:
            try:
                if not any(packages.APT_LISTS.glob("*_Packages*")):
                    raise NotMeasured("apt-get has no lists")
                await _fetch(names, fresh)
            except NotMeasured:
                if not packages.is_root():
                    raise
                await commands.run(["apt-get", "update", "-q"], limit=_LIMIT)
                await _fetch(names, fresh)
            root = fresh / "root"
            for archive in sorted(fresh.glob("*.deb")):
                await _run(["dpkg", "-x", str(archive), str(root)], fresh)
            (root / _WHOLE).touch()
            shutil.rmtree(folder, ignore_errors=True)
            root.rename(folder)
        finally:
            scratch.remove(fresh)
    return folder


async def _fetch(names: Sequence[str], into: Path) -> None:
    plan = ["apt-get", "--simulate", "install", "--no-install-recommends", *names]
    wanted = needed((await _run(plan, into)).output)
    await _run(["apt-get", "download", "-q", *dict.fromkeys([*names, *wanted])], into)


async def _run(command: Sequence[str], folder: Path) -> commands.Done:
    env = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = await commands.run(command, cwd=folder, env=env, limit=_LIMIT)
    if done.status != 0:
        raise NotMeasured(f"`{' '.join(command[:2])}` ended with {done.status}: {done.tail(3)}")
    return done


def environment(root: Path) -> Mapping[str, str]:
    """What a program of such a folder needs to find its libraries."""
    folders = [str(path) for path in sorted((root / "usr/lib").glob("*-linux-gnu*"))]
    return {"LD_LIBRARY_PATH": ":".join(folders)} if folders else {}
