"""Variants: a peer with another version of a library, beside the peer itself in one run. Pure.

A variant is a peer of the run with a name of its own, `c@libzmq-4.1.5`: the peer's, then what is different.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from zmq_interop.core.cell import Cell, make
from zmq_interop.core.peer import OUTSIDE, Manifest, Peer
from zmq_interop.system import near
from zmq_interop.system.errors import UsageError

SIGN = "@"
ALL = "all"
JOINED = OUTSIDE + 1  # `joined` of a variant: which cells the others play must not depend on it
_OPTION = "--variants"
_FORMS = (
    "--variants takes all, PEER:all, PEER:VARIANT such as c:libzmq-4.1.5, or a range such as 'c:libzmq>=4.2,<4.3.5'"
)
_RANGE = re.compile(r"(?P<library>[A-Za-z0-9][A-Za-z0-9._/-]*?)\s*(?P<range>[<>=!~].*)")
_IN_ID = re.compile(rf"{SIGN}[^:/]*")


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A variant that a run plays. peer: the name of the peer that it is one of. library: as Hello says its name."""

    peer: str
    library: str
    version: str

    @property
    def name(self) -> str:
        """What it is called in the run."""
        return f"{self.peer}{SIGN}{name(self.library, self.version)}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The variants of a run. named: those named one by one, which play as any other peer does. spread: those that play
    what their peer plays, in its place. peers: the names of `--peers`, with those of variants in full."""

    named: tuple[Chosen, ...] = ()
    spread: tuple[Chosen, ...] = ()
    peers: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Chosen, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.named, *self.spread)))


def name(library: str, version: str) -> str:
    """The name of a peer's variant: the last part of the library's name, and the version."""
    return f"{library.rpartition('/')[2]}-{version}"


def base(peer: str) -> str:
    """The name of the peer of which this one is a variant, or its own."""
    return peer.partition(SIGN)[0]


def base_id(id: str) -> str:
    """The id of the cell in which the peers themselves play."""
    rest, slash, players = id.rpartition("/")
    return f"{rest}{slash}{_IN_ID.sub('', players)}" if SIGN in players else id


def in_order(manifest: Manifest, peer: str) -> list[Chosen]:
    """The variants that a manifest lists: library by library, and of each the oldest version first."""
    return [
        Chosen(peer=peer, library=library.name, version=version)
        for library in manifest.libraries
        for version in sorted(library.variants, key=age)
    ]


def age(version: str) -> tuple[int, Version | str]:
    """What sorts versions by age; those that PEP 440 does not know come last."""
    try:
        return 0, Version(version.removeprefix("v").partition(" ")[0])
    except InvalidVersion:
        return 1, version


def wanted(
    peers: Mapping[str, Peer], spread: Iterable[str], among: Sequence[str] = (), patterns: Iterable[str] = ()
) -> Wanted:
    """What is asked for: by `--variants`, among the names of `--peers`, and by the ids of cells.

    peers: all that there are, by name. Raises UsageError.
    """
    named: list[Chosen] = []
    names: list[str] = []
    for one in among:
        if SIGN in one:
            named.append(_named(one, peers))
            names.append(named[-1].name)
        else:
            names.append(one)
    for pattern in patterns:
        words = pattern.rpartition("/")[2].split(":")
        named += [_named(one, peers) for one in words if SIGN in one and base(one) in peers]
    found = dict.fromkeys(one for text in spread for one in _spread(text, peers))
    if twice := [one for one in found if one in named]:
        raise UsageError(
            f"{_OPTION} {twice[0].peer}:{name(twice[0].library, twice[0].version)}: {twice[0].name} is named already",
            "name a variant among --peers, or with --variants, but not with both",
        )
    return Wanted(named=tuple(dict.fromkeys(named)), spread=tuple(found), peers=tuple(names))


def _of(peers: Mapping[str, Peer], peer: str, asked: str) -> list[Chosen]:
    """The variants of a peer, of which there is at least one. Raises UsageError, PeerBroken."""
    if peer not in peers:
        known = f"known peers: {', '.join(peers) or 'none'}"
        raise UsageError(f"{asked}: there is no peer {peer!r}", near.hint(peer, peers, known))
    found = in_order(peers[peer].require(), peer)
    if not found:
        raise UsageError(
            f"{asked}: peer {peer} has no variants",
            f"list versions in {peers[peer].peer_toml}: `variants` of a [[libraries]] (docs/versions.md)",
        )
    return found


def _named(text: str, peers: Mapping[str, Peer]) -> Chosen:
    """The variant of this name, which may be shortened as long as it is one variant's: `python@pyzmq-26`."""
    peer, _, short = text.partition(SIGN)
    there = _of(peers, peer, text)
    exact = [one for one in there if one.name == text]
    found = exact or [one for one in there if one.name.startswith(text) or _is(one, short)]
    if len(found) != 1:
        what = f"can be {' or '.join(one.name for one in found)}" if found else "is no variant"
        raise UsageError(f"{text} {what}", _there(text, there))
    return found[0]


def _is(one: Chosen, short: str) -> bool:
    """Whether it is the one of this version, whatever the library."""
    return one.version == short or (bool(short) and one.version.startswith(f"{short}."))


def _there(text: str, there: Sequence[Chosen]) -> str:
    names = [one.name for one in there]
    return near.hint(text, names, f"variants: {', '.join(names)}")


def _spread(text: str, peers: Mapping[str, Peer]) -> Iterator[Chosen]:
    """Those that a value of `--variants` selects."""
    if text == ALL:
        for one in peers.values():
            if one.manifest is not None:
                yield from in_order(one.manifest, one.name)
        return
    peer, colon, which = text.partition(":")
    asked = f"{_OPTION} {text}"
    if not (colon and peer and which):
        raise UsageError(f"{asked}: is not PEER:WHICH", _FORMS)
    there = _of(peers, peer, asked)
    if which == ALL:
        found = there
    elif ranged := _RANGE.fullmatch(which):
        found = [one for one in there if ranged["library"] in _names(one) and _within(one, ranged["range"], asked)]
    else:
        found = [_named(f"{peer}{SIGN}{which}", peers)]
    if not found:
        raise UsageError(f"{asked}: no variant of {peer} is in it", _there(text, there))
    yield from found


def _names(one: Chosen) -> tuple[str, str]:
    return one.library, one.library.rpartition("/")[2]


def _within(one: Chosen, text: str, asked: str) -> bool:
    try:
        return SpecifierSet(text).contains(one.version.removeprefix("v"), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        raise UsageError(f"{asked}: {text!r} is not a range of versions", _FORMS) from None


def spread(cells: Iterable[Cell], variants: Sequence[Chosen]) -> list[Cell]:
    """The cells in which these variants' peers play, and the same cells with a variant in the peer's place.

    The peers themselves come first, then one variant after the other: each plays the same cells, so that one can see
    what a version changes. Where a peer plays several roles, its variant plays all of them in one cell, and in others
    one of them against the peer itself.
    """
    names = {one.peer for one in variants}
    kept = [cell for cell in cells if not names.isdisjoint(cell.peers)]
    found = {cell.id: cell for cell in kept}
    for one in variants:
        for cell in kept:
            for players in _replaced(cell, one):
                copy = make(cell.scenario, cell.transport, cell.binder, cell.values, players)
                found[copy.id] = copy
    return list(found.values())


def _replaced(cell: Cell, one: Chosen) -> Iterator[tuple[str, ...]]:
    """The players of the cells that a cell becomes for a variant, none if its peer does not play in it."""
    roles = [index for index, peer in enumerate(cell.peers) if peer == one.peer]
    if not roles:
        return
    ways = [roles]
    if len(roles) > 1 and cell.transport != "inproc":
        ways += [[role] for role in roles]
    for way in ways:
        yield tuple(one.name if index in way else peer for index, peer in enumerate(cell.peers))
