"""What a shell, a terminal or a CI hands to a command: streams that are closed or full, a narrow locale, signals."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TextIO

from zmq_interop.system.errors import Unwritable

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def setup() -> None:
    """Makes them so that no other module needs to think of them. Once, at the start of the process."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # in an ASCII locale, what it cannot show must not end the run
            stream.reconfigure(errors="backslashreplace")
    interrupt_on_signals()


def interrupt_on_signals() -> None:
    """Lets each signal that asks for an end raise KeyboardInterrupt, but for those that this process is to ignore."""
    for name in _ENDING:
        number = signal.Signals[name]
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: this run is meant to outlive the terminal
            signal.signal(number, signal.default_int_handler)


def _open_what_is_closed() -> None:
    """Gives a reader or writer of nothing to each of the three streams that is closed (`>&-`): the next file that is
    opened would take its number, and what is printed would go there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            mode = "w" if number else "r"
            setattr(sys, name, open(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def show(text: str, stream: TextIO | None = None) -> None:
    """Prints on stdout. Where nobody reads any more (`| head`), what was asked for goes on without being shown.

    Raises Unwritable where stdout takes no more: what was asked for is told nowhere else. stderr has no results.
    """
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # what the stream still holds must go somewhere when it is closed
        os.close(nowhere)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise Unwritable(
                f"cannot write to stdout: {error.strerror}", "check where stdout is redirected to"
            ) from None
