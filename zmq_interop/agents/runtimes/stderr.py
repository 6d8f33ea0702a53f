"""An agent's stderr: its start in a file of bounded size, and its end in memory for messages."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

HEAD_BYTES = 1 << 20  # the most that an agent's stderr takes on disk
TAIL_BYTES = 1 << 16
MOST_BYTES = 256 << 20  # an agent that writes more is killed: reading it costs the harness time


class StderrLog:
    """Takes an agent's stderr in pieces. The file has the first HEAD_BYTES, `tail` the last TAIL_BYTES.

    on_flood: called once, after more than MOST_BYTES; later bytes are dropped.
    """

    def __init__(self, path: Path | None = None, on_flood: Callable[[], None] = lambda: None) -> None:
        self._file = path.open("wb", buffering=0) if path else None
        self._written = 0
        self._tail = bytearray()
        self._on_flood = on_flood
        self.flooded = False
        self.total = 0  # bytes so far

    def feed(self, data: bytes) -> None:
        """Takes the next piece, of any length."""
        if self.flooded:
            return
        self.total += len(data)
        self._tail += data
        if len(self._tail) > 2 * TAIL_BYTES:  # cut rarely: a flood costs only one copy per TAIL_BYTES
            del self._tail[:-TAIL_BYTES]
        room = HEAD_BYTES - self._written
        if self._file and room > 0:
            self._written += min(room, len(data))
            with contextlib.suppress(OSError):  # a full disk: the event log fails on it too, and reports it
                self._file.write(data[:room])
                if self._written == HEAD_BYTES:
                    self._file.write(b"\n[the rest is left out; the end is in the event log]\n")
        if self.total > MOST_BYTES:
            self.flooded = True
            self._tail += f"\n[more than {MOST_BYTES >> 20} MiB: the harness ends this agent]\n".encode()
            self._on_flood()

    def since(self, mark: int, limit: int = 4096) -> str:
        """The text after `mark` (an earlier `total`), at most the last `limit` bytes of it."""
        length = min(self.total - mark, limit, len(self._tail))
        return bytes(self._tail[len(self._tail) - length :]).decode("utf-8", "replace") if length else ""

    def tail(self, limit: int = 2048) -> str:
        """The last `limit` bytes as text."""
        return self.since(0, limit)

    def close(self) -> None:
        """Closes the file. `tail` and `since` still work."""
        if self._file:
            self._file.close()
            self._file = None
