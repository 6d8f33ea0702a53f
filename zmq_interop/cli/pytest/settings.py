"""The settings of a session: its options, and those of pytest's configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.cli import user_folder
from zmq_interop.cli.pytest.items import Cells
from zmq_interop.run.options import Options
from zmq_interop.system import comma_list

_DEFAULTS = Options()


class Settings:
    """The options of one session; the configuration file's setting of the same name is the default."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @property
    def runtime(self) -> str:
        """The value for `interop run --runtime`; "" if not set."""
        return str(self._said("runtime"))

    def matrix(self) -> Cells:
        """The cells that the session itself selects."""
        peers = self.peers_of(Cells()) or ()
        return Cells(runtime=self.runtime or None, patterns=tuple(self._said("run")), peers=peers)

    def peers_of(self, cells: Cells) -> tuple[str, ...] | None:
        """The peers that these cells and the session both select; None if neither does."""
        said = self._said("peers").strip()
        asked = comma_list.parse(said, "--interop-peers") if said else ()
        if asked and cells.peers:
            return tuple(name for name in asked if name in cells.peers)
        return asked or cells.peers or None

    def options(self, cells: Cells) -> Options:
        """The options of the run that plays these cells."""
        peers = self.peers_of(cells) or ()
        runtime = cells.runtime or self.runtime or _DEFAULTS.runtime
        if peers and "=" in runtime:  # the module names the runtimes of peers that this session leaves out
            kept = [part for part in runtime.split(",") if part.partition("=")[0] in peers]
            runtime = ",".join(kept) or _DEFAULTS.runtime
        return Options(
            patterns=cells.patterns,
            exclude=tuple(self._said("exclude")),
            peers=peers,
            outside=self._outside(),
            proto_dirs=(*map(Path, self._said("proto") or user_folder.protos(self._config.rootpath)), *cells.protos),
            ledgers=self._ledgers(),
            default_ledger=not self._said("no_default_ledger"),
            runtime=runtime,
            control=cells.control,
            jobs=self._number("jobs", _DEFAULTS.jobs),
            limit=self._number("limit", _DEFAULTS.limit),
        )

    def _outside(self) -> tuple[Outside, ...]:
        given = self._config.getoption("interop_peer")
        if given is not None:
            return tuple(map(outside.parse, given))
        base = (self._config.inipath or Path()).parent
        return tuple(outside.parse(one, base) for one in self._config.getini("interop_peer"))

    def _ledgers(self) -> tuple[Path, ...]:
        given = self._config.getoption("interop_ledger")
        if given is not None:
            return tuple(map(Path, given))
        base = (self._config.inipath or Path()).parent
        return tuple(base / one for one in self._config.getini("interop_ledger"))

    def _said(self, name: str) -> Any:
        given = self._config.getoption(f"interop_{name}")
        return self._config.getini(f"interop_{name}") if given is None else given

    def _number(self, name: str, default: Any) -> Any:
        given = self._config.getoption(f"interop_{name}")
        return default if given is None else given
