"""One entry of the ledger, and which cells it speaks of. Pure values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec
from packaging.specifiers import SpecifierSet

from zmq_interop.core.variants import base
from zmq_interop.core.verdicts import Kind
from zmq_interop.results.ledger.rate import Rate
from zmq_interop.results.ledger.scope import Scope
from zmq_interop.results.ledger.subject import Subject

OURS = 0


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry may ask beside the id. runtimes: peer -> runtime. libraries: peer -> library -> version."""

    runtimes: Mapping[str, str]
    libraries: Mapping[str, Mapping[str, str]]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of which library a peer must have. who: a role of the cell's scenario, or the name of a peer.

    versions: a range as of PEP 440; the empty one takes every version.
    """

    who: str
    library: str
    versions: SpecifierSet

    def peers(self, roles: Mapping[str, str]) -> set[str]:
        """Of which peers of a cell it speaks, a peer's variants included. roles: role -> peer."""
        return {roles[self.who]} if self.who in roles else {one for one in roles.values() if base(one) == self.who}

    def holds(self, libraries: Mapping[str, str]) -> bool:
        """Whether a peer with these libraries (name -> version) meets it."""
        version = libraries.get(self.library)
        # "7.36.2 (upb)": what stands behind the version says how it was built, and no range speaks of that.
        return version is not None and (
            not self.versions or self.versions.contains(version.partition(" ")[0], prereleases=True)
        )

    def excludes(self, other: Condition) -> bool:
        """Whether no version of the library meets both."""
        return self.library == other.library and self.versions.is_disjoint(other.versions)


class Entry(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One known failure.

    scope: of which cells it speaks. kinds: how they may fail. url: where that is described. flaky: how often each of
    them fails, where that is not always. where: all must hold. runtime: where every peer of the cell must run, "" for
    anywhere. expires: the last day that it counts. file and line: where it stands. rank: of that file; of two
    entries that cover a cell, the one with the higher rank counts. OURS is that of the project's own file.
    """

    scope: Scope
    kinds: tuple[Kind, ...]
    reason: str
    url: str = ""
    flaky: Rate | None = None
    where: tuple[Condition, ...] = ()
    runtime: str = ""
    expires: datetime.date | None = None
    file: str = "the ledger"
    line: int = 0
    rank: int = OURS

    @property
    def at(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{' or '.join(self.kinds)} ({self.reason})"

    def names(self, cell: Subject) -> bool:
        """Whether it speaks of the cell, with some libraries in some runtime at least."""
        return self.scope.matches(cell) and all(one.peers(cell.roles) for one in self.where)

    def spells(self, peer: str) -> bool:
        """Whether the name of the peer stands in it, not only a wildcard that takes it in."""
        return self.scope.spells(peer) or any(one.who == peer for one in self.where)

    def covers(self, cell: Subject, now: Circumstances) -> bool:
        """Whether it speaks of the cell as things are."""
        peers = cell.roles.values()
        return (
            self.names(cell)
            and (not self.runtime or all(now.runtimes.get(peer) == self.runtime for peer in peers))
            and all(one.holds(now.libraries.get(peer, {})) for one in self.where for peer in one.peers(cell.roles))
        )

    def excludes(self, other: Entry, roles: Mapping[str, str]) -> bool:
        """Whether never both of them cover a cell of these roles: their runtimes or versions cannot be had at once."""
        if self.runtime and other.runtime and self.runtime != other.runtime:
            return True
        return any(
            mine.excludes(its) and mine.peers(roles) & its.peers(roles) for mine in self.where for its in other.where
        )
