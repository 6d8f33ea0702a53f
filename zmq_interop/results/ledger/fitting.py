"""The fewest, shortest patterns over cell ids that match these cells and none of those. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

from zmq_interop.core.cell import matches


def fit(wanted: Collection[str], others: Collection[str]) -> list[str]:
    """Patterns (`cell.matches`) that match every id of `wanted` and none of `others`; sorted.

    Greedy: always the pattern that matches most of what is left; of equal ones that of fewer words, then the shorter.
    """
    found: list[str] = []
    for scenario, ids in itertools.groupby(sorted(wanted), key=lambda id: id.partition("/")[0]):
        left = set(ids)
        strangers = [id for id in others if id.partition("/")[0] == scenario]
        reach = {pattern: {id for id in left if matches(id, (pattern,))} for pattern in set(_candidates(left))}
        sound = [
            pattern
            for pattern in sorted(reach, key=lambda one: (_words(one), len(one), one))
            if not any(matches(id, (pattern,)) for id in strangers)
        ]
        while left:
            best = max(sound, key=lambda pattern: len(reach[pattern] & left))
            found.append(best)
            left -= reach[best]
    return sorted(found)


def _words(pattern: str) -> int:
    """How much the pattern says: its words that are not a wildcard."""
    return sum(word != "*" for part in pattern.split("/") for word in part.split(":"))


def _candidates(ids: Collection[str]) -> Iterator[str]:
    for id in ids:
        yield id
        scenario, *middle, last = id.split("/")
        peers = last.split(":")
        middles = ["*", f"{middle[0]}*", *(f"*/{word}*" for word in middle[1:]), "/".join(middle)]
        for mask in itertools.product((True, False), repeat=len(peers)):
            shown = ":".join(peer if keep else "*" for peer, keep in zip(peers, mask, strict=True))
            for one in middles:
                yield f"{scenario}/{one}/{shown}"
