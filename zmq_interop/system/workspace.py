"""The folders of one run: made once, where a command begins, and handed down from there.

Standard library only: zmq_interop/system/bootstrap.py needs it before anything is installed.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

from zmq_interop.system import home
from zmq_interop.system.paths import BASELINE, KNOWN, LEDGER


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where things are made. The harness makes everything below `folder`, and `interop clean` removes it.

    named: the folder that the user chose, as an absolute path; None for the default one. in_place: whether this is a
    writable checkout, whose peers are built in their own folders. runs, latest: the folders of past runs, and the link
    to the last of them. sockets: where runs make the folders of their sockets; None for the machine's memory. baseline:
    what a full run must test at least. known, ledger: the ledgers that apply without being named, the project's own and
    that of the checkout or the current folder.
    """

    folder: Path
    named: Path | None = None
    in_place: bool = False
    runs: Path
    latest: Path
    sockets: Path | None = None
    baseline: Path = BASELINE
    known: Path = KNOWN
    ledger: Path = LEDGER

    @property
    def builds(self) -> Path:
        """What image builds left at the engine, for the next one to remove."""
        return self.folder / "builds"

    @property
    def generated(self) -> Path:
        """The project's own protos, compiled for the harness."""
        return self.folder / "gen"

    @property
    def snapshots(self) -> Path:
        """The protos of past runs."""
        return self.folder / "protos"

    @property
    def coverings(self) -> Path:
        """What past runs found out about which cells a default run plays."""
        return self.folder / "coverings.msgpack"

    @property
    def tools(self) -> Path:
        """Programs that builds need."""
        return self.folder / "tools"

    @property
    def wheels(self) -> Path:
        """Wheels that are installed for their programs, each in an environment of its own."""
        return self.tools / "wheels"

    @property
    def libraries(self) -> Path:
        """Shared libraries in other versions than the system's, each in a folder of its own."""
        return self.folder / "libraries"

    @property
    def workplaces(self) -> Path:
        """Copies of peers, to be built where their own folders cannot be written to."""
        return self.folder / "peers"

    def apart(self, runs: str, latest: str) -> Workspace:
        """The same with its runs in another folder below it, so that `latest` stays the last run that was played."""
        return dataclasses.replace(self, runs=self.folder / runs, latest=self.folder / latest)

    def claim(self) -> None:
        """Marks a folder outside the checkout as the harness's. Raises UsageError if it contains anything else."""
        if not self.in_place:
            home.claim(self.folder)

    def make(self, folder: Path) -> Path:
        """Creates a folder below it. Raises UsageError as `claim` does."""
        self.claim()
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def at(folder: Path, *, named: Path | None = None, in_place: bool = False) -> Workspace:
    """The workspace in this folder. named, in_place: as of Workspace."""
    return Workspace(folder=folder, named=named, in_place=in_place, runs=folder / "runs", latest=folder / "latest")


def here(environment: Mapping[str, str] | None = None) -> Workspace:
    """The workspace that the environment asks for: only commands, the pytest plug-in and benchmarks call this.

    environment: by default that of this process. Raises UsageError for a user who has no home folder.
    """
    known = os.environ if environment is None else environment
    named = home.chosen(known)
    folder = named or (home.cache(home.caches(known)) if home.INSTALLED else home.ROOT / ".interop")
    return at(folder, named=named, in_place=folder == home.ROOT / ".interop")
