"""Splits the byte stream of a control channel into messages, each prefixed by its length: four bytes, big endian."""

from __future__ import annotations

LIMIT = 128 << 20  # bytes; the contract's largest message


class FramingError(ValueError):
    """A length that the contract does not allow; nothing after it can be understood."""


def frame(message: bytes) -> bytes:
    """One message with its length before it. Raises FramingError for a message beyond LIMIT."""
    if len(message) > LIMIT:
        raise FramingError(f"a message of {len(message)} bytes; the contract allows {LIMIT}")
    return len(message).to_bytes(4, "big") + message


class Unframer:
    """Takes bytes in pieces of any size, and returns complete messages. Holds at most one incomplete message."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in order. Raises FramingError at a length beyond the limit."""
        if self._buffer:
            self._buffer += data
            if not self._whole():
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        messages = []
        position, end = 0, len(data)
        while end - position >= 4:
            length = self._length(data[position : position + 4])
            if end - position - 4 < length:
                break
            position += 4
            messages.append(data[position : position + length])
            position += length
        if position < end:
            self._buffer += data[position:] if position else data
        return messages

    def _whole(self) -> bool:
        """Whether the buffer has at least one whole message; asked so that a long one is not copied at every piece."""
        return len(self._buffer) >= 4 and len(self._buffer) - 4 >= self._length(self._buffer[:4])

    def _length(self, head: bytes | bytearray) -> int:
        length = int.from_bytes(head, "big")
        if length > self._limit:
            raise FramingError(f"the length says {length} bytes; the contract allows {self._limit}")
        return length

    @property
    def pending(self) -> int:
        """Bytes of a message that has begun and is not whole."""
        return len(self._buffer)
