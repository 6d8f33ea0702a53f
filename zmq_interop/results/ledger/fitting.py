"""The smallest causes that hold for these cells and for none of those. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

from zmq_interop.results.ledger.scope import Cause, Values
from zmq_interop.results.ledger.subject import Subject

_Facts = tuple[tuple[str, str], ...]  # name and value, the scenario first


def fit(wanted: Collection[Subject], others: Collection[Subject]) -> tuple[Cause, ...]:
    """Causes that hold for all cells of `wanted` and for none of `others`, which are other cells.

    Greedy: always the facts that most of what is left has in common; of equal ones the fewest. Then what differs in
    the value of one fact alone is one cause with several values.
    """
    found: list[_Facts] = []
    by_scenario = sorted({cell.scenario for cell in wanted})
    for scenario in by_scenario:
        mine = [cell for cell in wanted if cell.scenario == scenario]
        found += _cover(mine, [cell for cell in others if cell.scenario == scenario])
    return tuple(_merged([{name: (value,) for name, value in facts} for facts in found]))


def merged(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Causes that hold for the same cells, those together that differ in the values of one fact."""
    kept = [one for one in causes if any(values.others for values in one.facts.values())]
    rest = [{name: values.names for name, values in one.facts.items()} for one in causes if one not in kept]
    return (*kept, *_merged(rest))


def _cover(wanted: Sequence[Subject], others: Sequence[Subject]) -> Iterator[_Facts]:
    mine = [cell.facts for cell in wanted]
    others = [cell for cell in others if cell.facts not in mine]  # a cell that is one of `wanted`, whatever its id
    reach, strangers = _masks(wanted), _masks(others)
    sound = {}
    for facts in sorted({one for cell in wanted for one in _candidates(cell)}, key=lambda one: (len(one), one)):
        if not _meet(facts, strangers, len(others)):
            sound[facts] = _meet(facts, reach, len(wanted))
    left = (1 << len(wanted)) - 1
    while left:
        best = max(sound, key=lambda facts: (sound[facts] & left).bit_count())
        yield best
        left &= ~sound[best]


def _candidates(cell: Subject) -> Iterator[_Facts]:
    first, *rest = cell.facts.items()
    for count in range(len(rest) + 1):
        for some in itertools.combinations(rest, count):
            yield (first, *some)


def _masks(cells: Sequence[Subject]) -> dict[tuple[str, str], int]:
    """Of each fact a number with a bit for each of the cells that have it."""
    masks: dict[tuple[str, str], int] = {}
    for index, cell in enumerate(cells):
        for fact in cell.facts.items():
            masks[fact] = masks.get(fact, 0) | 1 << index
    return masks


def _meet(facts: _Facts, masks: Mapping[tuple[str, str], int], count: int) -> int:
    """The bits of the cells that have all of these facts."""
    met = (1 << count) - 1
    for fact in facts:
        met &= masks.get(fact, 0)
    return met


def _merged(found: list[dict[str, tuple[str, ...]]]) -> Iterator[Cause]:
    """As causes, those together that differ in the values of one fact."""
    while pair := next(filter(_alike, itertools.combinations(found, 2)), None):
        one, other = pair
        found.remove(other)
        for name in one:
            one[name] = tuple(dict.fromkeys((*one[name], *other[name])))
    for facts in found:
        yield Cause({name: Values(names) for name, names in facts.items()})


def _alike(pair: tuple[Mapping[str, object], Mapping[str, object]]) -> bool:
    one, other = pair
    return list(one) == list(other) and sum(one[name] != other[name] for name in one) == 1
