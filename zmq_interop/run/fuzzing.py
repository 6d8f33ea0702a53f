"""Looks for messages on which two peers differ, and shrinks each to the smallest one (hypothesis).

Pure but for `play` and the clock: what plays cells is handed in. A message is played between all pairs of peers. Its
red cells are explained if a cause is known: a message that fails in the same way in the same cells, and has no trait
that this one lacks (schemas/traits.py). Otherwise one of these cells is played alone, again and again, with ever
smaller messages.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.schemas import kept, traits
from zmq_interop.schemas.payloads import Types
from zmq_interop.schemas.samples import Own

BATCH = 30  # messages of one session, each between all pairs of peers
MOST_TRIES = 150  # of one shrinking: cells that are played
LONGEST = 60.0  # seconds of one shrinking
_NOTHING_NEW = 5  # batches in a row without a new message: there are few values of these types

Pairs = frozenset[tuple[str, ...]]
Play = Callable[[Mapping[str, Own], Pairs | None], Sequence[CellJudged]]  # None: between all pairs of peers


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """When the search ends: after this many seconds, or once this many messages were played, whatever comes first."""

    seconds: float
    examples: int | None = None


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why messages fail. kind: how. pairs: the peers between which it is so. traits: those of a message that fails."""

    kind: Kind
    pairs: Pairs
    traits: frozenset[str]

    def explains(self, kind: Kind, pairs: Pairs, found: frozenset[str]) -> bool:
        """Whether a message with these traits may fail so between these peers for this cause."""
        return kind == self.kind and pairs <= self.pairs and self.traits <= found


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A message that fails. own: the smallest one that was found. cell: one of its red cells. red: all pairs of peers.

    first: the message as it was generated. tries: how many messages were played to shrink it. cut_short: whether there
    was no time to try more. repeats: whether a cell of the message is red when it is played alone.
    """

    own: Own
    cell: CellJudged
    red: Pairs
    first: Own
    tries: int = 0
    cut_short: bool = False
    repeats: bool = True


class _Red(Exception):
    """A cell fails: for hypothesis."""


class _Enough(BaseException):
    """There is no time for another try. Not an Exception, which hypothesis would take for a failure."""


class _Shrinking:
    """What is known of the messages that hypothesis tries. It draws the same ones as before: those that came before the
    failing one count as green, and no message is played twice.

    play: gives the red cell of a message, None for a green one. is_over: whether the time is up.
    """

    def __init__(
        self, own: Own, cell: CellJudged, play: Callable[[Own], CellJudged | None], is_over: Callable[[], bool]
    ) -> None:
        self.smallest = own, cell
        self.tries = 0
        self.cut_short = False
        self._first = _key(own)
        self._known: dict[tuple[str, bytes], CellJudged | None] = {self._first: cell}
        self._met = False
        self._play = play
        self._is_over = is_over

    def is_red(self, own: Own) -> bool:
        """Whether the message fails. Raises _Enough after MOST_TRIES, or when the time is up."""
        self._met = self._met or _key(own) == self._first
        if not self._met:
            return False
        if _key(own) not in self._known:
            if self.tries >= MOST_TRIES or self._is_over():
                self.cut_short = True
                raise _Enough
            self.tries += 1
            self._known[_key(own)] = self._play(own)
        cell = self._known[_key(own)]
        if cell is not None:
            self.smallest = own, cell
        return cell is not None


def _quiet(count: int, *phases: Phase) -> settings:
    return settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def drawn(strategy: SearchStrategy[Own], number: int, count: int = BATCH) -> list[Own]:
    """Different messages, the same ones for the same number. Fewer than `count` if there are no more."""
    found: dict[tuple[str, bytes], Own] = {}

    @seed(number)
    @_quiet(count, Phase.generate)
    @given(strategy)
    def take(own: Own) -> None:
        found.setdefault(_key(own), own)

    take()
    return list(found.values())


def _key(own: Own) -> tuple[str, bytes]:
    return own.type, own.forms[0]


class Search:
    """One search. `run` may be called once.

    messages: how many were played. known, explained: cells that the ledger knows, and those that have a known cause.
    broken: cells that could not be judged, with the reason. learnt: how many of the causes were there before.
    stopped: whether `play` was interrupted: it raises KeyboardInterrupt, the only exception that hypothesis does not
    take for a failure of the message.
    """

    def __init__(
        self, play: Play, strategy: SearchStrategy[Own], types: Types, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.messages = 0
        self.known = 0
        self.explained = 0
        self.stopped = False
        self.learnt = 0
        self.broken: dict[str, str] = {}
        self.causes: list[Cause] = []
        self._play = play
        self._strategy = strategy
        self._types = types
        self._clock = clock

    def learn(self, messages: Mapping[str, Own]) -> None:
        """Plays messages that are there already: what fails with them is a known cause, whatever the ledger says."""
        for own, cells in self._by_message(messages):
            for kind, pairs in _failures(cells, (Verdict.FAIL, Verdict.KNOWN)).items():
                self.causes.append(Cause(kind=kind, pairs=pairs, traits=self._traits(own)))
        self.learnt = len(self.causes)

    def run(self, first: int, bounds: Bounds) -> Iterator[Finding]:
        """Draws messages and plays them until a bound is reached. first: the seed of the first batch."""
        end = self._clock() + bounds.seconds
        seen: set[tuple[str, bytes]] = set()
        number, nothing_new = first, 0
        while self._clock() < end and nothing_new < _NOTHING_NEW:
            left = BATCH if bounds.examples is None else min(BATCH, bounds.examples - self.messages)
            if left <= 0:
                return
            batch = [own for own in drawn(self._strategy, number) if _key(own) not in seen][:left]
            nothing_new = 0 if batch else nothing_new + 1
            seen.update(map(_key, batch))
            if batch:
                try:
                    yield from self._batch(batch, number, end)
                except KeyboardInterrupt:
                    self.stopped = True
            if self.stopped:
                return
            number += 1

    def _batch(self, batch: Sequence[Own], number: int, end: float) -> Iterator[Finding]:
        self.messages += len(batch)
        for own, cells in self._by_message({_name(own): own for own in batch}):
            for kind, pairs in _failures(cells, (Verdict.FAIL,)).items():
                if self._is_explained(own, kind, pairs):
                    self.explained += len(pairs)
                    continue
                finding = self._shrunk(own, _to_play(cells, kind), number, min(end, self._clock() + LONGEST))
                cause = Cause(kind=kind, pairs=finding.red, traits=self._traits(finding.own))
                self.causes.append(cause)
                yield finding
                if self.stopped:
                    return

    def _shrunk(self, own: Own, cell: CellJudged, number: int, end: float) -> Finding:
        """The smallest message of which this cell fails in the same way, for no known cause. number: the seed of the
        batch in which the message is."""
        kind, pair = cell.kind, _pair(cell)
        assert kind is not None
        alone = self._alone(own, pair, kind)
        if alone is None:
            return Finding(own=own, cell=cell, red=frozenset([pair]), first=own, repeats=False)
        shrinking = _Shrinking(own, alone, lambda other: self._reddens(other, pair, kind), lambda: self._clock() >= end)

        @seed(number)
        @_quiet(BATCH, Phase.generate, Phase.shrink)
        @given(self._strategy)
        def shrink(other: Own) -> None:
            if shrinking.is_red(other):
                raise _Red

        try:
            shrink()
        except (_Red, _Enough):
            pass
        except KeyboardInterrupt:
            self.stopped = True
        smallest, cell = shrinking.smallest
        return Finding(
            own=smallest,
            cell=cell,
            red=frozenset([pair]) | (frozenset() if self.stopped else self._red_pairs(smallest, kind)),
            first=own,
            tries=shrinking.tries,
            cut_short=self.stopped or shrinking.cut_short,
        )

    def _reddens(self, own: Own, pair: tuple[str, ...], kind: Kind) -> CellJudged | None:
        return None if self._is_explained(own, kind, frozenset([pair])) else self._alone(own, pair, kind)

    def _red_pairs(self, own: Own, kind: Kind) -> Pairs:
        cells = self._play({_name(own): own}, None)
        return _failures(cells, (Verdict.FAIL,)).get(kind, frozenset())

    def _alone(self, own: Own, pair: tuple[str, ...], kind: Kind) -> CellJudged | None:
        """The cell of this message between two peers, played alone, if it fails in this way."""
        cells = self._play({_name(own): own}, frozenset([pair]))
        return next((one for one in cells if one.verdict is Verdict.FAIL and one.kind == kind), None)

    def _by_message(self, messages: Mapping[str, Own]) -> Iterator[tuple[Own, list[CellJudged]]]:
        """Plays messages between all pairs of peers; gives those that fail, with their cells."""
        by_name: dict[str, list[CellJudged]] = {}
        for one in self._play(messages, None):
            by_name.setdefault(one.values["message"], []).append(one)
            self.known += one.verdict is Verdict.KNOWN
            if one.verdict is Verdict.BROKEN:
                self.broken[one.id] = one.reason
        for name, cells in by_name.items():
            if any(one.verdict in (Verdict.FAIL, Verdict.KNOWN) for one in cells):
                yield messages[name], cells

    def _is_explained(self, own: Own, kind: Kind, pairs: Pairs) -> bool:
        found = self._traits(own)
        return any(one.explains(kind, pairs, found) for one in self.causes)

    def _traits(self, own: Own) -> frozenset[str]:
        return traits.of(self._types.find(own.type), own.forms[0])


def _name(own: Own) -> str:
    return f"{own.type}@{kept.name(own)}"


def _pair(cell: CellJudged) -> tuple[str, ...]:
    return tuple(cell.roles.values())


def _failures(cells: Sequence[CellJudged], verdicts: Sequence[Verdict]) -> dict[Kind, Pairs]:
    """Between which peers cells fail, by the kind. What a compiler refuses says nothing about a message."""
    found: dict[Kind, set[tuple[str, ...]]] = {}
    for one in cells:
        if one.verdict in verdicts and one.kind is not None and one.kind is not Kind.UNCOMPILABLE:
            found.setdefault(one.kind, set()).add(_pair(one))
    return {kind: frozenset(pairs) for kind, pairs in found.items()}


def _to_play(cells: Sequence[CellJudged], kind: Kind) -> CellJudged:
    """Of the cells that fail so, one between the peer with most of them and the one with least: two that differ."""
    red = [one for one in cells if one.verdict is Verdict.FAIL and one.kind is kind]
    counts: Counter[str] = Counter(peer for one in red for peer in set(_pair(one)))

    def order(one: CellJudged) -> Any:
        two = sorted((counts[peer] for peer in _pair(one)), reverse=True)
        return -two[0], two[-1], len(set(_pair(one))) == 1, one.id

    return min(red, key=order)
