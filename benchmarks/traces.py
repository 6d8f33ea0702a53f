"""Commands of the harness in processes of their own, and what is left of them on the machine. Linux only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zmq_interop.agents.runtimes import docker_daemon, orphans
from zmq_interop.system import home, scratch
from zmq_interop.system.paths import ROOT

PATIENCE = 60.0  # seconds: a build that a killed harness leaves runs to its end


class Traces:
    """Starts commands, and knows their traces from those of all others: processes by a variable in their environment,
    all else by the process ids of their makers.

    temp: an empty folder, which is what they take for the system's folder of temporary files.
    """

    def __init__(self, temp: Path) -> None:
        self.temp = temp
        self.mark = f"interop-test-{uuid.uuid4()}"
        self._pids: list[int] = []

    def start(
        self,
        *arguments: str | Path,
        code: str = "",
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> subprocess.Popen[str]:
        """Starts `interop` with these arguments, or a Python program.

        before: a command that becomes the one that follows it. env: beside ours. settings: of Popen.
        """
        program = ["-c", code] if code else ["-m", "zmq_interop"]
        ours = {"PYTHONPATH": str(ROOT), "INTEROP_TEST": self.mark, "TMPDIR": str(self.temp)}
        usual: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(
            [*before, sys.executable, *program, *map(str, arguments)],
            env={**os.environ, **ours, **(env or {})},
            **{**usual, **settings},
        )
        self._pids.append(process.pid)
        return process

    def processes(self) -> list[int]:
        """Those that were started and those that they started, as far as they live."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:  # it ended just now, or is another user's
                continue
        return found

    def settled(self, patience: float = PATIENCE) -> bool:
        """Whether all of them end in time."""
        end = time.monotonic() + patience
        while self.processes():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def scratch(self) -> list[Path]:
        """Scratch folders, with all sockets in them, and the links that tell whose they are."""
        found: list[Path] = []
        for path in scratch.marks():
            try:
                ours = self._is_ours(str(path.readlink()))
            except OSError:  # of another harness, that has just ended
                continue
            if ours:
                folder = path.with_suffix("")
                found += [path, folder] if folder.exists() else [path]
        return found

    def at_engine(self) -> list[str]:
        """Containers, networks and volumes, in words; none where no engine answers."""
        found = docker_daemon.find().engine
        if found is None:
            return []
        try:
            return [str(thing) for thing in orphans.made(found) if self._is_ours(thing.owner)]
        finally:
            found.close()

    def left(self) -> list[str]:
        """All of these, and what is in the folder of temporary files, in words."""
        return [
            *(f"process {pid}" for pid in self.processes()),
            *map(str, self.scratch()),
            *map(str, self.temp.iterdir()),
            *self.at_engine(),
        ]

    def _is_ours(self, maker: str) -> bool:
        parts = maker.split("/")
        return len(parts) == 5 and parts[3].isdigit() and int(parts[3]) in self._pids


def home_of(work: Path) -> dict[str, str]:
    """The environment of commands that make all that they make in this folder."""
    return {home.VARIABLE: str(work)}
