"""What a user can ask of a run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from zmq_interop.agents.outside import Outside
from zmq_interop.core.shard import Shard
from zmq_interop.core.variants import ALL
from zmq_interop.run.option_table import TABLE


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run: those of option_table.py, which explains each, and those that no user gives.

    grace: seconds that an agent has to exit. compare: the command that started this run, if it was not `run`.
    """

    patterns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    versions: bool = False
    outside: tuple[Outside, ...] = ()
    proto_dirs: tuple[Path, ...] = ()
    config: Path | None = None
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
    since: str = ""
    budget: str | None = None
    exitfirst: bool = False
    explain: bool = False
    fresh_links: bool = False
    wire: bool = False
    install: bool = True
    compare: tuple[str, ...] = ()

    def again(self) -> list[str]:
        """The command-line words of those that a replayed cell needs."""
        words: list[str] = []
        for option in TABLE:
            value = getattr(self, option.field)
            if option.again and value != option.default:
                for one in value if option.many else (value,):
                    words.append(f"--{option.name}")
                    if option.type is not bool:
                        words.append(f"{one:g}" if option.type is float else str(one))
        return words

    @property
    def spread(self) -> tuple[str, ...]:
        """The values of `--variants`, with that for which `--versions` stands."""
        return (*self.variants, *([ALL] if self.versions else ()))

    @property
    def full(self) -> bool:
        """Whether only --exclude and --shard narrow the plan. One with programs is about them, not about the suite."""
        narrowed = self.since or self.budget or self.variants or self.versions
        return not (self.patterns or self.peers or self.roles or self.config or narrowed)

    @property
    def whole(self) -> bool:
        """Whether nothing narrows the plan, so that anything missing from it is missing from the suite."""
        return self.full and not self.shard
