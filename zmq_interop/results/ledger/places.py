"""Where the entries of a ledger stand in its text, and the values of their keys. Pure.

The parser of the standard library keeps no positions. They are found with its help: a header is one only where the text
above it is whole, which it is not within a string of several lines; a value ends where the text from its key on is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence

import msgspec

_HEADER = re.compile(r"""\s*\[\[\s*["']?failure["']?\s*]]""")
_KEY = re.compile(r"""\s*["']?([A-Za-z_-]+)["']?\s*[.=]""")
_NEXT = re.compile(rf"\s*(#|\[|$)|{_KEY.pattern}")  # what can stand in the line behind a value


class Span(msgspec.Struct, frozen=True):
    """Lines from `start` up to, but not with, `end`; the first line of a text is 0."""

    start: int
    end: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. whole: with the comment right above it. header: its line. keys: the lines of each key's value."""

    whole: Span
    header: int
    keys: dict[str, Span]

    def line(self, key: str = "") -> int:
        """The line, counted from 1, on which the key stands, or the header where there is no such key."""
        return (self.keys[key].start if key in self.keys else self.header) + 1

    def line_of(self, key: str, word: str, lines: Sequence[str]) -> int:
        """The line, counted from 1, of the first that has the word among those of the key's value; else as `line`."""
        span = self.keys.get(key, Span(0, 0))
        found = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        with_it = (number + 1 for number in range(span.start, span.end) if word and found.search(lines[number]))
        return next(with_it, self.line(key))


def find(text: str, count: int) -> list[Place]:
    """The places of the `count` entries of a text that is whole TOML; fewer where some are not written [[failure]]."""
    lines = text.split("\n")
    headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    if len(headers) > count:  # some stand in strings of several lines
        headers = [number for number in headers if _is_whole(lines[:number])]
    ends = [*headers[1:], len(lines)]
    return [_place(lines, header, end) for header, end in zip(headers, ends, strict=False)]


def _place(lines: Sequence[str], header: int, end: int) -> Place:
    keys = dict(_keys(lines, header + 1, end))
    start = header
    while start > 0 and _is_comment(lines[start - 1]):
        start -= 1
    last = max((span.end for span in keys.values()), default=header + 1)
    while last < end and _is_comment(lines[last]):
        last += 1
    if last == end and end < len(lines):  # these comments stand right above the next entry, and are about that
        while _is_comment(lines[last - 1]):
            last -= 1
    return Place(whole=Span(start, last), header=header, keys=keys)


def _keys(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Span]]:
    number = start
    while number < end:
        key = _KEY.match(lines[number])
        last = number + 1
        if key:
            while last < end and not (_NEXT.match(lines[last]) and _is_whole(lines[number:last])):
                last += 1
            yield key[1], Span(number, last)
        number = last


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_whole(lines: Sequence[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):  # as in reading.parse
        return False
    return True
