"""The event log as a file: one JSON line per event, written during the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from zmq_interop.core.events import Event


class EventLog:
    """Writes each event to a file at once, so that a crash loses at most the event being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._encoder = msgspec.json.Encoder()
        self._cut = False

    def __call__(self, event: Event) -> None:
        """Appends one event (Listener). Raises OSError with the file's name if writing fails; later events are not
        written, because the log would be unreadable after half an event."""
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
    """Reads the events of a log; raises ValueError with the line number for an incomplete or unknown one."""
    decoder = msgspec.json.Decoder(Event)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise ValueError(f"{path}:{number}: not a complete event: {error}") from None
