"""The keys of an entry as TOML: on one line for a message, on several where the file has them. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from zmq_interop.results.ledger.scope import Cause, Patterns, Scope, quoted

SCOPE = ("cells", "except", "when", "unless")  # the keys that say which cells an entry speaks of
WIDTH = 120
_INDENT = "    "


def shown(scope: Scope) -> str:
    """The keys of a scope, for a message."""
    return ", ".join(f"{key} = {' '.join(map(str.strip, lines))}" for key, lines in _keys(scope, 1 << 30).items())


def scope(one: Scope) -> dict[str, list[str]]:
    """The lines of each key of a scope."""
    return {key: [f"{key} = {first}", *rest] for key, (first, *rest) in _keys(one, WIDTH).items()}


def array(key: str, values: Sequence[str]) -> list[str]:
    """The lines of a key whose value is a list of strings."""
    first, *rest = _array(values, WIDTH - len(f"{key} = "))
    return [f"{key} = {first}", *rest]


def _keys(one: Scope, width: int) -> dict[str, list[str]]:
    if isinstance(one, Patterns):
        found = {"cells": _array(one.cells, width - len("cells = "))}
        return found | ({"except": _array(one.but, width - len("except = "))} if one.but else {})
    return {"when": _causes(one.when, width)} | ({"unless": _causes(one.unless, width)} if one.unless else {})


def _array(values: Sequence[str], width: int) -> list[str]:
    line = f"[{', '.join(map(quoted, values))}]"
    return [line] if len(line) <= width else ["[", *(f"{_INDENT}{quoted(value)}," for value in values), "]"]


def _causes(causes: Sequence[Cause], width: int) -> list[str]:
    lines = [str(one) for one in causes]
    whole = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    if len(f"unless = {whole}") <= width:
        return [whole]
    return ["[", *(line for one in causes for line in _folded(one, width)), "]"]


def _folded(one: Cause, width: int) -> list[str]:
    """A cause as an element of a list. A line may end within the brackets of a list alone, so long ones are folded."""
    if len(line := f"{_INDENT}{one},") <= width:
        return [line]
    parts: list[str] = []
    for name, values in one.facts.items():
        names = [quoted(value) for value in values.names]
        if len(names) == 1 or values.others:
            parts.append(f"{name} = {values}")
        else:
            filled = textwrap.fill(
                ", ".join(names),
                width,
                initial_indent=_INDENT * 2,
                subsequent_indent=_INDENT * 2,
                break_long_words=False,
                break_on_hyphens=False,
            )
            parts.append(f"{name} = [\n{filled},\n{_INDENT}]")
    return f"{_INDENT}{{ {', '.join(parts)} }},".split("\n")
