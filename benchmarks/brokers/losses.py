"""What is lost, and what comes twice, when the receiver or the broker is killed with SIGKILL: by counted numbers.

A sender sends one message each millisecond; where an error tells it that one was not taken, it connects anew and sends
that one again. Once a quarter has arrived, the receiver stands still (SIGSTOP), so that messages wait; then comes the
kill.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks.bench import NotMeasured
from benchmarks.brokers.ends import Pair
from benchmarks.brokers.results import Loss
from benchmarks.brokers.running import Running
from benchmarks.brokers.turns import Effort

_PACE = 0.001  # seconds between two messages
_STANDSTILL = 0.4  # seconds
_TURN = 0.01
_PATIENCE = 60.0


def numbers(log: bytes) -> list[int]:
    """The numbers in a receiver's log; one that was cut short by the kill does not count."""
    return [int.from_bytes(log[start : start + 4], "little") for start in range(0, len(log) - len(log) % 4, 4)]


def loss(sent: int, logs: Sequence[bytes]) -> Loss:
    """What the receivers' logs say about messages 1 to `sent`."""
    seen = [number for log in logs for number in numbers(log)]
    return Loss(sent=sent, lost=sent - len(set(seen)), twice=len(seen) - len(set(seen)))


async def _trial(pair: Pair, effort: Effort, folder: Path, kill: Callable[[list[Path]], Awaitable[None]]) -> Loss:
    count = effort.killed
    logs = [folder / "first.log"]
    logs[0].write_bytes(b"")
    try:
        await pair.begin(
            count=count, size=64, pace=_PACE, careful=True, to_the_end=True, silence=effort.silence, log=str(logs[0])
        )
        assert pair.receiver is not None
        async with asyncio.timeout(_PATIENCE):
            while logs[0].stat().st_size < count:  # noqa: ASYNC110 (four bytes for each of a quarter)
                await asyncio.sleep(_TURN)
        pair.receiver.signal(signal.SIGSTOP)
        await asyncio.sleep(_STANDSTILL)
        await kill(logs)
        await pair.sent()
        await pair.received()
    except NotMeasured as reason:
        return Loss(reason=str(reason))
    except TimeoutError:
        return Loss(reason="too few messages arrived before the kill")
    return loss(count, [log.read_bytes() for log in logs])


async def receiver_killed(pair: Pair, effort: Effort, folder: Path) -> Loss:
    """The receiver is killed; another one takes its place at once."""

    async def kill(logs: list[Path]) -> None:
        logs.append(folder / "second.log")
        logs[1].write_bytes(b"")
        await pair.replace_receiver()
        await pair.receive_again(logs[1])

    return await _trial(pair, effort, folder, kill)


async def broker_killed(pair: Pair, running: Running, effort: Effort, folder: Path) -> Loss:
    """All processes of the broker are killed; it is started again in the same folder. The receiver goes on."""

    async def kill(_: list[Path]) -> None:
        assert pair.receiver is not None
        await running.kill()
        pair.receiver.signal(signal.SIGCONT)
        await running.start()

    return await _trial(pair, effort, folder, kill)
