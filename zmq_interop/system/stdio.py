"""Set-up of the standard streams and signals: handles closed or full streams, ASCII locales, and SIGHUP."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TextIO

from zmq_interop.system.errors import Unwritable

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def setup() -> None:
    """Normalises the standard streams and signal handling, once, at the start of the process."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # unencodable characters must not end the run in an ASCII locale
            stream.reconfigure(errors="backslashreplace")
    interrupt_on_signals()


def interrupt_on_signals() -> None:
    """Makes each terminating signal raise KeyboardInterrupt, except those that this process ignores."""
    for name in _ENDING:
        number = signal.Signals[name]
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: this run is meant to outlive the terminal
            signal.signal(number, signal.default_int_handler)


def _open_what_is_closed() -> None:
    """Opens /dev/null for each closed standard stream (`>&-`); otherwise the next opened file would get its number, and
    printed text would go there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            mode = "w" if number else "r"
            setattr(sys, name, open(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def show(text: str, stream: TextIO | None = None) -> None:
    """Prints on stdout. If the reader has gone (`| head`), the command goes on without output.

    Raises Unwritable if writing to stdout fails, because the results are nowhere else. Errors on stderr are ignored.
    """
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # the stream flushes its buffer when it is closed
        os.close(nowhere)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise Unwritable(
                f"cannot write to stdout: {error.strerror}", "check where stdout is redirected to"
            ) from None
