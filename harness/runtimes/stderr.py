"""What an agent wrote on stderr: kept in a file, within bounds, with the last part at hand for messages."""

from __future__ import annotations

from pathlib import Path

HEAD_BYTES = 1 << 20  # an agent that floods stderr fills this much of the disk and no more
TAIL_BYTES = 1 << 16


class StderrLog:
    """Takes an agent's stderr in pieces; the file has the first HEAD_BYTES, `tail` the last TAIL_BYTES."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = path.open("wb", buffering=0) if path else None
        self._written = 0
        self._tail = bytearray()
        self.total = 0  # bytes taken so far

    def feed(self, data: bytes) -> None:
        """Takes the next piece, of any length."""
        self.total += len(data)
        self._tail += data
        if len(self._tail) > 2 * TAIL_BYTES:  # cut rarely, so that a flood costs one copy in every TAIL_BYTES
            del self._tail[:-TAIL_BYTES]
        room = HEAD_BYTES - self._written
        if self._file and room > 0:
            self._file.write(data[:room])
            self._written += min(room, len(data))
            if self._written == HEAD_BYTES:
                self._file.write(b"\n[the rest is left out; the end is in the event log]\n")

    def since(self, mark: int, limit: int = 4096) -> str:
        """The text that came after `mark` (a former `total`), at most the last `limit` bytes of it."""
        length = min(self.total - mark, limit, len(self._tail))
        return bytes(self._tail[len(self._tail) - length :]).decode("utf-8", "replace") if length else ""

    def tail(self, limit: int = 2048) -> str:
        """The last `limit` bytes as text."""
        return self.since(0, limit)

    def close(self) -> None:
        """Closes the file; the tail stays readable."""
        if self._file:
            self._file.close()
            self._file = None
