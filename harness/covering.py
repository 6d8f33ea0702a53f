"""Pairwise covering: few rows in which every two values that can meet do meet. Pure."""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Hashable, Sequence


def cover(rows: Sequence[Sequence[Hashable]], musts: Sequence[Hashable], names: Sequence[str]) -> list[int]:
    """The indices, in order, of few rows that cover all pairs and all musts.

    rows: of each the values of its factors, all of one length. A pair is two values of two factors that stand together
    in some row. musts: of each row what must occur in a chosen one. names: of each row something that is its own: among
    rows that cover as much, a hash of it decides, so that the choice is stable but favours no value.

    Greedy: always the row that covers most of what is not covered yet. What a row has to give only shrinks, so a row
    whose last known gain is below another's present gain need not be looked at.
    """
    bits: dict[Hashable, int] = {}
    masks = []
    for row, must in zip(rows, musts, strict=True):
        keys: list[Hashable] = [("must", must)]
        keys += [(i, row[i], j, row[j]) for i, j in itertools.combinations(range(len(row)), 2)]
        mask = 0
        for key in keys:
            mask |= 1 << bits.setdefault(key, len(bits))
        masks.append(mask)
    open_ = (1 << len(bits)) - 1
    ties = [zlib.crc32(name.encode()) for name in names]
    heap = [(-mask.bit_count(), ties[index], index) for index, mask in enumerate(masks)]
    heapq.heapify(heap)
    chosen = []
    while open_:
        _, tie, index = heapq.heappop(heap)
        gain = (masks[index] & open_).bit_count()
        if gain and heap and -gain > heap[0][0]:
            heapq.heappush(heap, (-gain, tie, index))
        elif gain:
            chosen.append(index)
            open_ &= ~masks[index]
    return sorted(chosen)
