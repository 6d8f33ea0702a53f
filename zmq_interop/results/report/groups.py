"""Describes what failed cells have in common: "every cell with go-pure as REP and shape=empty". Pure.

The search picks the description that covers most failures and (nearly) no passed cell, sets the covered failures aside,
and repeats with the rest. So the first group is the largest, and each failure is in exactly one group.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from zmq_interop.core.events import CellJudged, ScenarioText
from zmq_interop.core.verdicts import RED, Kind, Verdict

MOST_FACTS = 3  # in a description: more are hard to remember
NEARLY = 0.9  # share of the cells covered by a description that must have failed
MOST_STEPS = 200_000  # of the whole search, about two seconds; the rest is grouped by scenario and kind
_SORTS = ("peer", "scenario", "value", "transport", "binder")  # kinds of facts, the most informative first


class Fact(NamedTuple):
    """A property of a cell. sort: one of _SORTS. text: the words for a description."""

    sort: str
    text: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Red cells that seem to have one cause. sentence: what they have in common; for a single cell, its id; for broken
    cells, the reason.

    cells: in the order of the plan; the first is the example.
    """

    sentence: str
    cells: tuple[CellJudged, ...]

    @property
    def example(self) -> CellJudged:
        """The cell to look at first."""
        return self.cells[0]

    @property
    def verdict(self) -> Verdict:
        """The verdict on all of them."""
        return self.example.verdict

    @property
    def how(self) -> str:
        """How they failed: "lost", or "10 lost, 2 hung"; "" for broken cells."""
        kinds = Counter(str(cell.kind) for cell in self.cells if cell.kind)
        if len(kinds) < 2:
            return "".join(kinds)
        return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def groups(cells: Sequence[CellJudged], scenarios: Mapping[str, ScenarioText]) -> list[Group]:
    """All red cells in groups: first failed, then fixed, then broken ones; the largest group first.

    scenarios: from the log; they say which sockets a role opens. Broken cells are grouped by their reason, and
    uncompilable ones by the refused file.
    """
    passed = [_facts(cell, scenarios) for cell in cells if cell.verdict is Verdict.PASS]
    found: list[Group] = []
    for verdict in RED:
        red = [cell for cell in cells if cell.verdict is verdict]
        if verdict is Verdict.BROKEN:
            found += _by(red, lambda cell: cell.reason)
            continue
        told = _by(filter(_is_of_a_file, red), lambda cell: f"every cell that needs {cell.expected}")
        if rest := [cell for cell in red if not _is_of_a_file(cell)]:
            told += _Search(rest, [_facts(cell, scenarios) for cell in rest], passed).groups()
        found += sorted(told, key=lambda group: -len(group.cells))
    return found


def _is_of_a_file(cell: CellJudged) -> bool:
    """Whether it failed because a peer's compiler refuses a file: such cells are grouped by file, not by facts."""
    return cell.verdict is Verdict.FAIL and cell.kind is Kind.UNCOMPILABLE


def _by(red: Iterable[CellJudged], sentence: Callable[[CellJudged], str]) -> list[Group]:
    of: dict[str, list[CellJudged]] = defaultdict(list)
    for cell in red:
        of[sentence(cell)].append(cell)
    told = [Group(sentence=sentence, cells=tuple(cells)) for sentence, cells in of.items()]
    return sorted(told, key=lambda group: -len(group.cells))


def _facts(cell: CellJudged, scenarios: Mapping[str, ScenarioText]) -> tuple[Fact, ...]:
    """All facts about a cell, in order of preference for descriptions."""
    text = scenarios.get(cell.scenario)
    found = []
    for role, peer in cell.roles.items():
        types = [role]
        if text is not None:
            more = (text.by_value.get(value, {}).get(role, ()) for value in cell.values.values())
            types = [*text.sockets.get(role, ()), *(one for some in more for one in some)] or types
        found += [Fact("peer", f"{peer} as {one}") for one in types]
    found.append(Fact("scenario", cell.scenario))
    found += [Fact("peer", peer) for peer in cell.roles.values()]
    found += [Fact("value", f"{axis}={value}") for axis, value in cell.values.items()]
    found += [Fact("transport", cell.transport), Fact("binder", cell.binder)]
    return tuple(dict.fromkeys(found))


def _words(facts: Iterable[Fact]) -> str:
    """What follows "every cell": " of push_pull with c as PUSH and shape=empty over tcp"."""
    of: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        of[fact.sort].append(fact.text)
    told = [f"of {scenario}" for scenario in of["scenario"]]
    if having := [*of["peer"], *of["value"]]:
        told.append(f"with {' and '.join(having)}")
    told += [f"over {transport}" for transport in of["transport"]]
    told += [f"where the {binder} binds" for binder in of["binder"]]
    return "".join(f" {part}" for part in told)


class _Node(NamedTuple):
    """A candidate description in the search; the smallest in this order is expanded next.

    missed: minus the number of failures that it covers. passed: how many cells that passed. facts: indices, rising.
    failures and passes: the sets of those cells.
    """

    missed: int
    passed: int
    size: int
    facts: tuple[int, ...]
    failures: int
    passes: int


class _Search:
    """Groups failures. A set of cells is an int with one bit per cell, because there are many large sets."""

    def __init__(
        self, cells: Sequence[CellJudged], facts: Sequence[tuple[Fact, ...]], passed: Sequence[tuple[Fact, ...]]
    ) -> None:
        self._cells = cells
        self._facts = facts
        failures = _sets(facts)
        passes = _sets(passed)
        self._known = sorted(failures, key=lambda fact: (_SORTS.index(fact.sort), " as " not in fact.text))
        self._failures = [failures[fact] for fact in self._known]
        self._passes = [passes.get(fact, 0) for fact in self._known]
        self._all = ((1 << len(cells)) - 1, (1 << len(passed)) - 1)
        self._steps = MOST_STEPS

    def groups(self) -> list[Group]:
        """Each failure in one group; the largest first."""
        left, _ = self._all
        found = []
        while left and (best := self._best(left)) is not None:
            count = best.failures.bit_count()
            head = f"{count} of {count + best.passed} cells" if best.passed else "every cell"
            found.append(Group(sentence=head + self._words(best.failures, best.facts), cells=self._of(best.failures)))
            left &= ~best.failures
        found += self._rest(left)
        return sorted(found, key=lambda group: -len(group.cells))

    def _best(self, left: int) -> _Node | None:
        """The description that covers most of the rest, at least two cells; among equals, the one with the fewest
        passes."""
        everything = _Node(-left.bit_count(), self._all[1].bit_count(), 0, (), left, self._all[1])
        heap = [everything]
        best: _Node | None = None
        while heap and self._steps > 0:
            node = heapq.heappop(heap)
            if node.missed > -2 or (best is not None and node.missed > best.missed):
                break
            if not node.passed:
                return node
            if node.missed <= -NEARLY * (node.passed - node.missed) and (best is None or node.passed < best.passed):
                best = node
            if node.size < MOST_FACTS:
                for one in self._narrower(node, 2 if best is None else -best.missed):
                    heapq.heappush(heap, one)
        return best

    def _narrower(self, node: _Node, least: int) -> Iterator[_Node]:
        """The descriptions with one more fact that differ from it and still cover `least` failures."""
        for index in range(node.facts[-1] + 1 if node.facts else 0, len(self._known)):
            self._steps -= 1
            failures = node.failures & self._failures[index]
            if failures.bit_count() < least:
                continue
            passes = node.passes & self._passes[index]
            if failures != node.failures or passes != node.passes:
                facts = (*node.facts, index)
                yield _Node(-failures.bit_count(), passes.bit_count(), len(facts), facts, failures, passes)

    def _rest(self, left: int) -> Iterator[Group]:
        """Failures that no description separates from passed cells: grouped by scenario and kind, with their common
        facts."""
        of: dict[tuple[str, object], int] = defaultdict(int)
        for index, cell in enumerate(self._cells):
            of[cell.scenario, cell.kind] |= left & (1 << index)
        for members in filter(None, of.values()):
            cells = self._of(members)
            shared = [index for index, one in enumerate(self._failures) if not members & ~one]
            failures, passes = self._all
            for index in shared:
                failures &= self._failures[index]
                passes &= self._passes[index]
            total = failures.bit_count() + passes.bit_count()
            head = "every cell" if total == len(cells) else f"{len(cells)} of {total} cells"
            alike = head + self._words(members, shared)
            yield Group(sentence=alike if len(cells) > 1 else cells[0].id, cells=cells)

    def _words(self, members: int, facts: Iterable[int]) -> str:
        """These facts in words, in the order in which they are told of a member: roles in theirs."""
        true = {self._known[index] for index in facts}
        first = (members & -members).bit_length() - 1
        return _words(_telling(fact for fact in self._facts[first] if fact in true))

    def _of(self, members: int) -> tuple[CellJudged, ...]:
        return tuple(cell for index, cell in enumerate(self._cells) if members >> index & 1)


def _telling(facts: Iterable[Fact]) -> list[Fact]:
    """Without a peer's part in a cell where its part as a socket is told."""
    found = list(facts)
    parts = {fact.text.partition(" as ")[0] for fact in found if " as " in fact.text}
    return [fact for fact in found if fact.sort != "peer" or fact.text not in parts]


def _sets(cells: Sequence[tuple[Fact, ...]]) -> dict[Fact, int]:
    """fact -> the set of cells of which it is true."""
    found: dict[Fact, int] = defaultdict(int)
    for index, facts in enumerate(cells):
        for fact in facts:
            found[fact] |= 1 << index
    return found
