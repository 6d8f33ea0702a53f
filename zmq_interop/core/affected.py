"""Which cells a change of files can affect. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

import msgspec

from zmq_interop.core.plan import PlannedCell
from zmq_interop.system.errors import NothingSelected

_NAMED = 6  # files or peers in a line


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a file can affect: cells with these peers, of these scenarios, or of these families; or every cell.

    what: the file's part in words, "the harness". None of these: it affects no cell.
    """

    what: str
    peers: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    every: bool = False

    def hits(self, one: PlannedCell) -> bool:
        """Whether it affects the cell."""
        scenario = one.cell.scenario
        return (
            self.every
            or scenario.name in self.scenarios
            or scenario.family in self.families
            or not self.peers.isdisjoint(one.cell.peers)
        )


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """kept, left_out: the cells, in the order of the plan. notes: why each part is played or left out, a line each."""

    kept: list[PlannedCell]
    left_out: list[PlannedCell]
    notes: list[str]


def choose(
    cells: Sequence[PlannedCell],
    changed: Iterable[str],
    rules: Mapping[PurePath, Effect],
    always: Effect,
    ref: str,
) -> Affected:
    """The cells that the change of these files can affect.

    changed, rules: relative to one folder. rules: a file, or a folder that stands for all below it; the longest path
    that fits counts, and each file needs one that does. always: cells that are played whatever changed. ref: what the
    tree is compared with. Raises NothingSelected where no cell is affected.
    """
    by_effect: dict[Effect, list[str]] = {}
    for name in changed:
        by_effect.setdefault(_effect(PurePath(name), rules), []).append(name)
    effects = [*by_effect, always]
    kept: list[PlannedCell] = []
    left_out: list[PlannedCell] = []
    reasons: Counter[Effect] = Counter()
    for one in cells:
        reason = next((effect for effect in effects if effect.hits(one)), None)
        if reason is None:
            left_out.append(one)
        else:
            kept.append(one)
            reasons[reason] += 1
    by_effect.setdefault(always, [])
    idle = [(effect, paths) for effect, paths in by_effect.items() if paths and not reasons[effect]]
    if not kept:
        told = "".join(f"\n  {_files(paths)}: {effect.what}" for effect, paths in idle)
        why = "none of these affects one:" if idle else "no file changed"
        raise NothingSelected(
            f"--since {ref}: no cell is affected: {why}{told}",
            "leave out --since to play all cells",
        )
    return Affected(kept=kept, left_out=left_out, notes=list(_notes(ref, by_effect, reasons, kept, left_out)))


def _effect(path: PurePath, rules: Mapping[PurePath, Effect]) -> Effect:
    return next(rules[one] for one in (path, *path.parents) if one in rules)


def _notes(
    ref: str,
    by_effect: Mapping[Effect, Sequence[str]],
    reasons: Mapping[Effect, int],
    kept: Sequence[PlannedCell],
    left_out: Sequence[PlannedCell],
) -> Iterator[str]:
    for effect, paths in by_effect.items():
        if count := reasons[effect]:
            yield f"--since {ref}: {count} cells for {effect.what}{': ' if paths else ''}{_files(paths)}"
    for effect, paths in by_effect.items():
        if paths and not reasons[effect]:
            yield f"--since {ref}: no cell for {effect.what}: {_files(paths)}"
    if not left_out:
        return
    playing = {peer for one in kept for peer in one.cell.peers}
    peers = sorted({peer for one in left_out for peer in one.cell.peers} - playing)
    scenarios = {one.cell.scenario.name for one in left_out} - {one.cell.scenario.name for one in kept}
    unchanged = "nothing that their peers or scenarios are made of changed"
    yield f"--since {ref}: {len(left_out)} cells are left out: {unchanged}"
    if peers:
        yield f"--since {ref}: peers that do not play: {_files(peers)}"
    if scenarios:
        yield f"--since {ref}: scenarios that are not played: {_files(sorted(scenarios))}"


def _files(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"
