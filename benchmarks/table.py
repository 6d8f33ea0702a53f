"""The rows as a table for people, and as JSON for programs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.row import Row

HEAD = ("name", "what", "target", "median", "spread", "met", "beside it")


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, line by line."""
    table = [HEAD, *(_fields(row) for row in rows)]
    widths = [max(len(fields[column]) for fields in table) for column in range(len(HEAD))]
    return [
        "  ".join(word.ljust(width) for word, width in zip(fields, widths, strict=True)).rstrip() for fields in table
    ]


def _fields(row: Row) -> tuple[str, ...]:
    target = f"{row.target} {row.unit}" if row.target else "-"
    if row.ratio is None:
        return (row.name, row.what, target, "-", "-", "-", f"not measured: {row.reason}")
    spread = f"{_number(min(row.samples))}..{_number(max(row.samples))}"
    met = {True: "yes", False: "no", None: "-"}[row.met]
    return (row.name, row.what, target, f"{_number(row.ratio)} {row.unit}", spread, met, row.baseline)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(path: Path, rows: Sequence[Row], *, quick: bool) -> None:
    """Writes the rows with all their samples."""
    path.write_bytes(
        msgspec.json.format(
            msgspec.json.encode(
                {
                    "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
                    "python": platform.python_version(),
                    "quick": quick,
                    "rows": [_object(row) for row in rows],
                }
            )
        )
        + b"\n"
    )


def _object(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return {**fields, "target": str(row.target) if row.target else None, "met": row.met}
