"""Pairwise covering: few rows in which every two values that can meet do meet. Pure."""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Hashable, Sequence


def cover(
    rows: Sequence[Sequence[Hashable]], musts: Sequence[Hashable], names: Sequence[str], turns: Sequence[int]
) -> list[int]:
    """The indices, in order, of few rows that cover all pairs and all musts.

    rows: of each the values of its factors, all of one length. A pair is two values of two factors that stand together
    in some row. musts: of each row what must occur in a chosen one. names: of each row something that is its own: among
    rows that cover as much, a hash of it decides, so that the choice is stable but favours no value. turns: of each row
    when it is chosen: for nothing but what those of lower turns leave, which are chosen as if it were not there.

    Greedy: always the row that covers most of what is not covered yet. What a row has to give only shrinks, so a row
    whose last known gain is below another's present gain need not be looked at.
    """
    if not rows:
        return []
    masks = _masks(rows, musts)
    ties = [zlib.crc32(name.encode()) for name in names]
    chosen: list[int] = []
    covered = 0
    for turn in sorted(set(turns)):
        open_ = 0
        heap = []
        for index, mask in enumerate(masks):
            if turns[index] == turn:
                open_ |= mask & ~covered
                heap.append((-mask.bit_count(), ties[index], index))
        heapq.heapify(heap)
        while open_:
            _, tie, index = heapq.heappop(heap)
            gain = (masks[index] & open_).bit_count()
            if gain and heap and -gain > heap[0][0]:
                heapq.heappush(heap, (-gain, tie, index))
            elif gain:
                chosen.append(index)
                covered |= masks[index]
                open_ &= ~masks[index]
    return sorted(chosen)


def _masks(rows: Sequence[Sequence[Hashable]], musts: Sequence[Hashable]) -> list[int]:
    """Of each row a number with a bit for each of its pairs, and one for its must."""
    codes: list[dict[Hashable, int]] = [{} for _ in rows[0]]
    coded = [[code.setdefault(value, len(code)) for code, value in zip(codes, row, strict=True)] for row in rows]
    first = 0
    tables = []
    for i, j in itertools.combinations(range(len(codes)), 2):
        width = len(codes[j])
        tables.append((i, j, width, [1 << first + number for number in range(len(codes[i]) * width)]))
        first += len(codes[i]) * width
    places: dict[Hashable, int] = {}
    masks = []
    for row, must in zip(coded, musts, strict=True):
        mask = 1 << first + places.setdefault(must, len(places))
        for i, j, width, bits in tables:
            mask |= bits[row[i] * width + row[j]]
        masks.append(mask)
    return masks
