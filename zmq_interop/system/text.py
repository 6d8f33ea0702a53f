"""Text of others, made fit to be shown: what an agent says must not steer the terminal of the one who reads it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from zmq_interop.system import home


def plain(text: str) -> str:
    """The text with all that is neither printable nor a line's end written as an escape, such as `\\x1b` or `\\u202e`.

    This covers terminal control, characters that turn the direction of writing, and halves of surrogate pairs, which no
    stream can encode.
    """
    if text.isprintable():
        return text
    return "".join(one if one == "\n" or one.isprintable() else _escape(one) for one in text)


def line(text: str) -> str:
    """The text, made plain, on one line that no CI service takes for a command of its own.

    GitHub Actions reads `::error ...` at the beginning of a line of output, and older `##[error]` anywhere in one.
    """
    shown = plain(text).replace("\n", "\\n").replace("##[", "#\\x23[")
    return re.sub(r"^(\s*):(?=:)", r"\1\\x3a", shown)


_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2"}


def paint(text: str, colour: str) -> str:
    """The text as one line (`line`), in a colour of the terminal: red, green, yellow or dim; "" for none."""
    return f"\x1b[{_COLOURS[colour]}m{line(text)}\x1b[0m" if colour else line(text)


def command(ids: Iterable[str], options: Iterable[str]) -> str:
    """The command that plays the cells of these ids, as a shell takes it. options: as of `RunStarted.again`."""
    words = [*options]
    other = bool(words) and not words[0].startswith("-")  # `interop compare PEER ...`: cells come last
    return typed([*words, *ids] if other else ["run", *ids, *words])


def typed(words: Iterable[str]) -> str:
    """The command with these words, as a shell takes it where the user stands."""
    return f"{home.COMMAND} {shlex.join(words)}"


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun: "1 cell", "2 cells". more: the plural, where it is not `one` with an s."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def fenced(text: str) -> list[str]:
    """The text, plain, as lines of which only the first begins at the margin.

    So nothing that an agent says can pass for a line of the harness, such as the account that ends a run.
    """
    first, *rest = text.split("\n")
    return [line(first), *(line(one if one.startswith(" ") or not one else f"  {one}") for one in rest)]


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode()
