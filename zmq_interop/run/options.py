"""What a user can ask of a run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from zmq_interop.agents.outside import Outside
from zmq_interop.core.shard import Shard


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run; the command line's help explains each."""

    patterns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    outside: tuple[Outside, ...] = ()
    proto_dirs: tuple[Path, ...] = ()
    roles: dict[str, str] = {}
    require_peers: tuple[str, ...] = ()
    ledgers: tuple[Path, ...] = ()
    default_ledger: bool = True  # those that apply without being named, too
    runtime: str = "auto"
    control: str = "auto"
    jobs: int = 16
    limit: float = 10.0
    grace: float = 10.0
    every: bool = False
    shard: Shard | None = None
    exitfirst: bool = False
    install: bool = True
    compare: tuple[str, ...] = ()  # the command that started this run, if it was not `run`

    @property
    def full(self) -> bool:
        """Whether only --exclude and --shard narrow the plan."""
        return not (self.patterns or self.peers or self.roles)

    @property
    def whole(self) -> bool:
        """Whether nothing narrows the plan, so that anything missing from it is missing from the suite."""
        return self.full and not self.shard
