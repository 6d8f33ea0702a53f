"""Lines of a report, folded between words to the width of a terminal; text to copy stays usable."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zmq_interop.system.text import line, paint

WIDTH = 80  # columns, if the width is unknown
NARROWEST, WIDEST = 40, 118  # limits of the width: longer lines are hard to read
LABEL = 12  # columns: where a text stands that has a label before it


class Line(NamedTuple):
    """One line of a report.

    colour: as of `paint`, "" for none. hang: columns by which all but its first part are set in. copied: what stands at
    its end to be copied: a command, a path, an id. kept: scripts look for it, and for all that is to be copied: in a
    pipe it is one line, however narrow that is.
    """

    text: str
    colour: str = ""
    hang: int = 2
    copied: str = ""
    kept: bool = False


EMPTY = Line("")


class Page(NamedTuple):
    """What lines are made for. width: columns, None for as many as it takes. piped: no terminal shows it."""

    width: int | None = None
    piped: bool = True


PIPE = Page()


def page() -> Page:
    """What stdout is: a terminal; or a pipe, which is as wide as COLUMNS says, if it says so.

    COLUMNS alone must not make it a terminal: programs hand it on to those that they start (readline sets it).
    """
    piped = not sys.stdout.isatty()
    if piped and not os.environ.get("COLUMNS"):
        return PIPE
    return Page(min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROWEST), WIDEST), piped)


def labelled(label: str, text: str) -> Iterator[Line]:
    """A text under a label: the label on its first line, and what is folded below the text."""
    first, *rest = f"{label:<9} {text}".splitlines()
    yield Line(f"  {first}", hang=LABEL)
    yield from (Line(f"  {one}", hang=4) for one in rest)


def rendered(lines: Iterable[Line], on: Page, *, colour: bool) -> Iterator[str]:
    """The lines, made plain, folded as it suits the page, and in colour where that is asked for."""
    for one in lines:
        width = None if on.piped and (one.kept or one.copied) else on.width
        yield from (paint(part, one.colour if colour else "") for part in folded(one, width))


def folded(one: Line, width: int | None) -> list[str]:
    """The line in as many as it takes, made plain; width: columns, None for no end of them.

    None is wider than `width` columns, but for one of a single word which has no place to cut, or is to be copied. A
    command that is folded is still one: each of its lines ends with a backslash.
    """
    text, copied = line(one.text), line(one.copied)
    if width is None or len(text) + len(copied) <= width:
        return [text + copied]
    words = re.findall(r"\s*\S+", text)
    head = _filled([part for word in words for part in _parts(word, width - one.hang)], width, one.hang)
    if not copied:
        return head
    first, *rest = _arguments(copied)
    gap = text[len(text.rstrip()) :]
    if head and len(head[-1]) + len(gap) + len(first) <= width - len(" \\"):
        return [*head[:-1], *_filled([head[-1] + gap + first, *rest], width, one.hang, " \\")]
    return [*head, *_filled([" " * one.hang + first, *rest], width, one.hang + 2, " \\")]


def _arguments(command: str) -> list[str]:
    """The words of a command, each as a shell takes it, all but the first with a blank before it."""
    try:
        first, *rest = map(shlex.quote, shlex.split(command))
    except ValueError:  # no shell takes it as it stands
        return [command]
    return [first, *(f" {word}" for word in rest)]


def _parts(word: str, room: int) -> list[str]:
    """A word, with the blanks before it, in parts that fit, as far as it can be cut: behind `/`, `:`, ..."""
    if len(word.lstrip()) <= room:
        return [word]
    found = [""]
    for piece in re.findall(r"\s*[^/:,;=]+[/:,;=]*|[/:,;=]+", word):
        if len((found[-1] + piece).lstrip()) > room and found[-1]:
            found.append("")
        found[-1] += piece
    return found


def _filled(words: list[str], width: int, hang: int, end: str = "") -> list[str]:
    """The words, each with the blanks before it, on as few lines as they need. end: of each line but the last."""
    found = words[:1]
    for index, word in enumerate(words[1:], 2):
        room = width - (len(end) if index < len(words) else 0)
        if len(found[-1]) + len(word) <= room:
            found[-1] += word
        else:
            found[-1] += end
            found.append(" " * hang + word.lstrip())
    return found
