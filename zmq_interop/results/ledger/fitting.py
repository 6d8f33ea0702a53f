"""The smallest causes that hold for these cells and for none of those. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

from zmq_interop.core.verdicts import Kind
from zmq_interop.results.ledger.scope import Cause, Values
from zmq_interop.results.ledger.subject import Subject

_FILE = "file"  # what a compiler refuses; that all messages of a file fail otherwise is no cause
_MESSAGE = "message"  # a sample, which says less than its type
_Facts = tuple[tuple[str, str], ...]  # name and value, the scenario first


def fit(wanted: Collection[Subject], others: Collection[Subject], kinds: Collection[Kind] = ()) -> tuple[Cause, ...]:
    """Causes that hold for all cells of `wanted` and for none of `others`, which are other cells.

    kinds: how the wanted ones fail. Greedy: always the facts that most of what is left has in common; of equal ones the
    fewest. Then what differs in the value of one fact alone is one cause with several values.
    """
    if set(kinds) != {Kind.UNCOMPILABLE}:
        wanted, others = _without(_FILE, wanted), _without(_FILE, others)
    found: list[_Facts] = []
    by_scenario = sorted({cell.scenario for cell in wanted})
    for scenario in by_scenario:
        mine = [cell for cell in wanted if cell.scenario == scenario]
        found += _cover(mine, [cell for cell in others if cell.scenario == scenario])
    return tuple(_merged([{name: (value,) for name, value in facts} for facts in found]))


def _without(name: str, cells: Collection[Subject]) -> list[Subject]:
    """The cells without one of their facts."""
    return [
        cell._replace(facts={key: value for key, value in cell.facts.items() if key != name})
        if name in cell.facts
        else cell
        for cell in cells
    ]


def merged(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Causes that hold for the same cells, those together that differ in the values of one fact."""
    kept = [one for one in causes if any(values.others for values in one.facts.values())]
    rest = [{name: values.names for name, values in one.facts.items()} for one in causes if one not in kept]
    return (*kept, *_merged(rest))


def _cover(wanted: Sequence[Subject], others: Sequence[Subject]) -> Iterator[_Facts]:
    mine = [cell.facts for cell in wanted]
    others = [cell for cell in others if cell.facts not in mine]  # a cell that is one of `wanted`, whatever its id
    reach, excluded = _masks(wanted), _masks(others)
    sound = {}
    for facts in sorted({one for cell in wanted for one in _candidates(cell)}, key=_size):
        if not _meet(facts, excluded, len(others)):
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


def _size(facts: _Facts) -> tuple[int, bool, _Facts]:
    """Of facts that hold for the same cells, the least comes first."""
    return len(facts), any(name == _MESSAGE for name, _ in facts), facts


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
