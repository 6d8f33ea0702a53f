"""The matrix of peers: who understands whom."""

from __future__ import annotations

from collections import defaultdict

from harness.events import CellJudged
from harness.verdicts import Verdict


class Matrix:
    """Counts of verdicts by the peers of the first two roles. Takes cells one by one, holds no cell."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], dict[Verdict, int]] = defaultdict(lambda: dict.fromkeys(Verdict, 0))

    def add(self, cell: CellJudged) -> None:
        """Counts one cell."""
        peers = [*cell.roles.values()]
        self._counts[peers[0], peers[min(1, len(peers) - 1)]][cell.verdict] += 1

    def lines(self) -> list[str]:
        """The matrix as text: a row for the peer in the first role, a column for the one in the second.

        A field says "36" when all of 36 cells passed, "34/36" when not, "-" when none was played; unsupported ones are
        left out of both numbers.
        """
        rows = sorted({row for row, _ in self._counts})
        columns = sorted({column for _, column in self._counts})
        table = [["", *columns], *([row, *(self._field(row, column) for column in columns)] for row in rows)]
        widths = [max(len(line[index]) for line in table) for index in range(len(columns) + 1)]
        return [
            "  ".join(
                word.ljust(width) if index == 0 else word.rjust(width)
                for index, (word, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]

    def _field(self, row: str, column: str) -> str:
        counts = self._counts.get((row, column))
        if counts is None:
            return "-"
        played = sum(counts.values()) - counts[Verdict.UNSUPPORTED]
        good = counts[Verdict.PASS] + counts[Verdict.KNOWN]
        if not played:
            return "-"
        return str(good) if good == played else f"{good}/{played}"
