"""Finds the line of each key and each element of an array in a TOML text, also within inline tables. Pure."""

from __future__ import annotations

import re
from collections import Counter

Place = tuple[str | int, ...]
_SPACE = re.compile(r"(?:[ \t\r]|#[^\n]*)*")
_GAP = re.compile(r"(?:\s|#[^\n]*)*")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_STRING = re.compile(r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'''', re.DOTALL)
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")


def lines(text: str) -> dict[Place, int]:
    """The line, counted from 1, of each key: ("program", "bus", "dialogue", 0, "steps", 2, "send") -> 23.

    text: valid TOML. A place that cannot be made out is left out, with all behind it.
    """
    return _Scan(text).all()


class _NotUnderstood(Exception):
    pass


class _Scan:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Place, int] = {(): 1}
        self._counts: Counter[Place] = Counter()

    def all(self) -> dict[Place, int]:
        table: Place = ()
        try:
            while self._skip(_GAP):
                table = self._header() if self._text[self._at] == "[" else self._pair(table)
        except (_NotUnderstood, RecursionError):
            pass
        return self._found

    def _skip(self, what: re.Pattern[str]) -> bool:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _take(self, sign: str) -> bool:
        self._skip(_GAP)
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _note(self, place: Place, at: int) -> None:
        line = self._text.count("\n", 0, at) + 1
        for length in range(1, len(place) + 1):
            self._found.setdefault(place[:length], line)

    def _key(self) -> Place:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            found = _PART.match(self._text, self._at)
            if found is None:
                raise _NotUnderstood
            parts.append(found[0].strip("\"'") if found[0][0] in "\"'" else found[0])
            self._at = found.end()
            if not self._take("."):
                return tuple(parts)

    def _header(self) -> Place:
        at = self._at
        many = self._text.startswith("[[", at)
        self._at += 2 if many else 1
        key = self._key()
        self._take("]]" if many else "]")
        place: Place = ()
        for number, part in enumerate(key, 1):
            place = (*place, part)
            last = number == len(key)
            if many and last:
                self._note(place, at)
                self._counts[place] += 1
            if place in self._counts:
                place = (*place, self._counts[place] - 1)
        self._note(place, at)
        return place

    def _pair(self, table: Place) -> Place:
        at = self._at
        place = (*table, *self._key())
        if not self._take("="):
            raise _NotUnderstood
        self._note(place, at)
        self._value(place)
        return table

    def _value(self, place: Place) -> None:
        self._skip(_GAP)
        if self._take("["):
            number = 0
            while not self._take("]"):
                self._skip(_GAP)
                self._note((*place, number), self._at)
                self._value((*place, number))
                number += 1
                self._take(",")
        elif self._take("{"):
            while not self._take("}"):
                self._skip(_GAP)
                self._pair(place)
                self._take(",")
        elif found := _STRING.match(self._text, self._at) or _BARE.match(self._text, self._at):
            self._at = found.end()
        else:
            raise _NotUnderstood
