"""Reads a subset of YAML that is plain data, like JSON with fewer quotes, and keeps the line of each value.

No anchors and aliases (a few lines of them are gigabytes), no tags, one document, each key once. A plain scalar is a
number, true, false or null where JSON would write it so, else a string: YAML's own rules make a date of 2026-01-02, a
truth of `no` and a number of 0123, and none of these is meant in ProtoJSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

MAX_DEPTH = 100  # as deep as Protocol Buffers' own parsers go
MAX_VALUES = 200_000
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,999})?(?:[eE][+-]?[0-9]{1,9})?")

Path = tuple[str | int, ...]


class YamlError(Exception):
    """line: counted from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class Document:
    """value: dicts, lists, strings, numbers, bools and None. lines: path of keys and indexes -> line, from 1."""

    def __init__(self, text: str, most: int = MAX_VALUES) -> None:
        """most: values. Raises YamlError."""
        self._most = most
        self.lines: dict[Path, int] = {}
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        try:
            self.value: Any = self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = min(mark.line, text.count("\n")) + 1 if mark else 1  # the end may be told as a line more
            raise YamlError(line, str(error.problem or error.context)) from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise YamlError(line, "a character that YAML does not permit") from None

    def _document(self) -> Any:
        value: Any = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise YamlError(_line(event), "a second document: a file may hold only one")
                value = self._value(next(self._events), ())
        return value

    def _value(self, event: Any, path: Path) -> Any:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise YamlError(line, "anchors and aliases (& and *) are not allowed: write the value out")
        if event.tag is not None:
            raise YamlError(line, f"tags ({event.tag}) are not allowed")
        if len(path) > MAX_DEPTH:
            raise YamlError(line, f"more than {MAX_DEPTH} levels deep")
        if len(self.lines) >= self._most:
            raise YamlError(line, f"more than {self._most} values")
        self.lines[path] = line
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(path)
            case yaml.SequenceStartEvent():
                return self._sequence(path)
            case _:
                return _scalar(event.value) if event.implicit[0] else event.value

    def _mapping(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise YamlError(line, "a key must be plain text")
            if event.value in result:
                raise YamlError(line, f"{event.value!r} is here twice")
            result[event.value] = self._value(next(self._events), (*path, event.value))
            self.lines[*path, event.value] = line  # of the key: its value may begin below it
        return result

    def _sequence(self, path: Path) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            result.append(self._value(event, (*path, len(result))))
        return result


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
