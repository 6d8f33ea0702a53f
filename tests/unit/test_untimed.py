"""The time limit of a cell stands still while it waits for what has a limit of its own."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit import still_time
from zmq_interop.scenarios.kit.cell_context import CellContext


class _Hands:
    cell = None


async def _cell(inside: float, after: float) -> None:
    stage = CellContext(_Hands(), "x", 1.0)  # type: ignore[arg-type]
    async with asyncio.timeout(10) as deadline:
        stage.timed_by(deadline, 10)
        with stage.untimed():
            await asyncio.sleep(inside)
        await asyncio.sleep(after)


def test_the_time_inside_does_not_count() -> None:
    still_time.run(_cell(100, 9))


def test_the_time_after_it_does() -> None:
    with pytest.raises(TimeoutError):
        still_time.run(_cell(1, 11))
