"""The lines of a program's log, for steps that wait for one."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator

MOST_LINES = 10_000  # not looked at yet; with more, the oldest are dropped
_LINE = 4096  # bytes; a longer line counts as several


class Lines:
    """Splits what a program writes into lines, and keeps those that no step has looked at."""

    def __init__(self) -> None:
        self._partial: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self._waiting: deque[str] = deque(maxlen=MOST_LINES)
        self._more = asyncio.Event()

    def feed(self, fd: int, data: bytes) -> Iterator[str]:
        """Takes the next bytes of stdout (1) or stderr (2); yields the lines that they complete."""
        buffer = self._partial[fd]
        buffer += data
        while (end := buffer.find(b"\n")) >= 0 or len(buffer) > _LINE:
            end = end if 0 <= end <= _LINE else _LINE
            line = bytes(buffer[:end]).decode(errors="replace").rstrip("\r")
            del buffer[: end + (buffer[end : end + 1] == b"\n")]
            self._waiting.append(line)
            self._more.set()
            yield line

    async def find(self, pattern: str, limit: float) -> str | None:
        """The next line in which the regular expression is found; None if there is none within `limit` seconds.

        Lines up to it count as looked at: a later call does not find them again.
        """
        wanted = re.compile(pattern)
        clock = asyncio.get_running_loop().time
        end = clock() + limit
        while True:
            while self._waiting:
                line = self._waiting.popleft()
                if wanted.search(line):
                    return line
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), end - clock())
            except TimeoutError:
                return None
