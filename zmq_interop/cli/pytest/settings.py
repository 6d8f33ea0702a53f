"""The settings of a session: its options, and those of pytest's configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zmq_interop.agents import outside
from zmq_interop.cli import user_folder
from zmq_interop.cli.pytest.items import Cells
from zmq_interop.cli.pytest.options import OPTIONS
from zmq_interop.run.option_table import RunOption
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
        fields = {option.field: self._value(option) for option in OPTIONS}
        given = {name: value for name, value in fields.items() if value is not None}
        protos = given.get("proto_dirs") or user_folder.protos(self._config.rootpath)
        given.setdefault("config", user_folder.config(self._config.rootpath))
        given |= {"peers": peers, "runtime": runtime, "proto_dirs": (*protos, *cells.protos)}
        return Options(patterns=cells.patterns, control=cells.control, **given)

    def _value(self, option: RunOption) -> Any:
        """The field of Options that the option or its setting fills; None if neither is given."""
        said = self._config.getoption(f"interop_{option.word}")
        base = Path()
        if said is None and option.setting:
            said = self._config.getini(f"interop_{option.word}")
            base = (self._config.inipath or Path()).parent
        if option.type is bool:
            return (not option.default) if said else None
        if said is None or said in ("", []):  # the default of a setting
            return None
        match option.field:
            case "outside":
                return tuple(outside.parse(one, base) for one in said)
            case "proto_dirs":
                return tuple(map(Path, said))
            case "config":
                return base / said
            case "ledgers":
                return tuple(base / one for one in said)
            case _:
                return tuple(said) if option.many else said

    def _said(self, name: str) -> Any:
        given = self._config.getoption(f"interop_{name}")
        return self._config.getini(f"interop_{name}") if given is None else given
