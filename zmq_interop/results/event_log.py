"""The event log as a file: written while a run goes on, and read back, one JSON line an event."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.events import Event


class EventLog:
    """Writes events to a file, each whole and at once, so that a crash costs at most the event being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._encoder = msgspec.json.Encoder()
        self._cut = False

    def __call__(self, event: Event) -> None:
        """Appends one event (Listener). Raises OSError, which names the file, where that takes no more; what comes
        then is not written, since behind half an event nobody could read it."""
        if self._cut:
            return
        line = self._encoder.encode(event) + b"\n"
        try:
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            self._cut = True
            raise OSError(error.errno, error.strerror, str(self._path)) from None

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


def read(path: Path) -> Iterator[Event]:
    """The events of a log; raises ValueError with the line's number for one that is not whole or not known."""
    decoder = msgspec.json.Decoder(Event)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise ValueError(f"{path}:{number}: not a complete event: {error}") from None
