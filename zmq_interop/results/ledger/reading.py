"""Reads a ledger. Errors have file, line, and the expected value."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from zmq_interop import scenarios
from zmq_interop.core.features import RUNTIMES
from zmq_interop.core.verdicts import Kind
from zmq_interop.results.ledger import places, words
from zmq_interop.results.ledger.entry import OURS, Condition, Entry
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.places import Place
from zmq_interop.results.ledger.rate import Rate
from zmq_interop.results.ledger.scope import Cause, Causes, Patterns
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import KNOWN, LEDGER, ROOT

_FEWEST_PARTS = 3  # scenario/transport/peers


_Names = str | tuple[str, ...]
_Cause = dict[str, _Names | dict[str, _Names]]


class _Written(msgspec.Struct, frozen=True, kw_only=True, rename={"but": "except"}):
    """An entry as the file has it. docs/ledger.md has the keys."""

    cells: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    when: _Cause | tuple[_Cause, ...] = ()
    unless: _Cause | tuple[_Cause, ...] = ()
    kind: Kind | tuple[Kind, ...]
    reason: str
    url: str = ""
    flaky: str = ""
    where: dict[str, str] = {}
    runtime: str = ""
    expires: datetime.date | None = None


_EXPECTED = {
    "cells": 'a list of patterns over the ids of cells: cells = ["push_pull/*/c:go"]',
    "except": "a list of patterns of the `cells` that the entry does not cover",
    "when": 'what the cells have in common: when = { scenario = "req_rep", replier = "go-pure", transport = "tcp" }',
    "unless": "what those cells of `when` that the entry does not cover have in common, written like `when`",
    "kind": f"the kind of failure, or a list of kinds: {', '.join(Kind)}",
    "reason": "why they fail, in one sentence",
    "url": "a page that describes the failure",
    "flaky": 'how often they failed in how many plays: "7 of 500"',
    "where": 'role or peer, with library and versions: where = { go-pure = "github.com/go-zeromq/zmq4 <0.18" }',
    "runtime": f"one of {', '.join(RUNTIMES)}",
    "expires": "the last day on which it applies: expires = 2027-01-31",
}
_KEYS = ", ".join(_EXPECTED)


class _Fault(Exception):
    """What is wrong with one entry. key: where; "" where it is about the whole entry. word: which within the key."""

    def __init__(self, key: str, what: str, hint: str = "", word: str = "") -> None:
        super().__init__(what)
        self.key = key
        self.word = word
        self.what = what
        self.hint = hint or _EXPECTED.get(key, "")


def load(named: Sequence[Path] = (), *, default: bool = True, own: Path = KNOWN, here: Path = LEDGER) -> Ledger:
    """Reads all ledgers of a run, as `ranks` lists them. The entries of a later file have a higher rank.

    default, own, here: as for `ranks`. Raises UsageError, with file and line, for one that cannot be read or
    understood.
    """
    found = ranks(named, default=default, own=own, here=here)
    return Ledger(entry for file, rank in found.items() for entry in read(file, rank).entries)


def ranks(
    named: Sequence[Path] = (), *, default: bool = True, own: Path = KNOWN, here: Path = LEDGER
) -> dict[Path, int]:
    """The ledgers of a run, each once, at its last place, with the rank of its entries.

    default: whether those apply that nobody names: `own`, the project's, and for an installed harness `here`, that of
    the current folder, as far as they exist. named: those of the user, in their order, which come after them.
    """
    usual = [file for file in (own, here) if default and file.exists()]
    by_path: dict[Path, Path] = {}
    for file in (*usual, *named):
        by_path.pop(file.resolve(), None)
        by_path[file.resolve()] = file
    ours = own.resolve()
    return {file: OURS if path == ours else rank for rank, (path, file) in enumerate(by_path.items(), OURS + 1)}


def read(file: Path, rank: int = OURS) -> Ledger:
    """Reads one ledger. Raises UsageError as `load`."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no such file", "--ledger takes a file like known-failures.toml") from None
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise UsageError(f"{file}: {what}", "the ledger must be a readable text file") from None
    return parse(text, shown(file), rank)


def parse(text: str, file: str, rank: int = OURS) -> Ledger:
    """The ledger that the text is. file: its name, for messages. rank: of its entries. Raises UsageError as `load`."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: no TOML, or a number of thousands of digits
        raise UsageError(f"{file}: {error}", "the ledger must be a TOML file") from None
    strange = sorted(set(raw) - {"failure"})
    written = raw.get("failure", [])
    if strange or not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise UsageError(
            f"{file}: {', '.join(strange) or 'failure'} does not belong in a ledger",
            f"an entry is [[failure]] with these keys: {_KEYS}",
        )
    found = places.find(text, len(written))
    if len(found) != len(written):
        raise UsageError(f"{file}: an entry without a [[failure]] line", "start each entry with [[failure]]")
    lines = text.split("\n")
    return Ledger(
        msgspec.structs.replace(_entry(one, place, file, lines), rank=rank)
        for one, place in zip(written, found, strict=True)
    )


def shown(file: Path) -> str:
    """The file's name as people know it: within the checkout, from there."""
    resolved = file.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(file)


def _entry(raw: Mapping[str, Any], place: Place, file: str, lines: Sequence[str]) -> Entry:
    try:
        written = _convert(raw)
        return Entry(
            scope=_causes(written, place) if "when" in raw else _by_id(written, raw),
            kinds=_kinds(written.kind),
            reason=_given("reason", written.reason),
            url=written.url,
            flaky=_rate(written.flaky) if "flaky" in raw else None,
            where=tuple(_condition(who, value) for who, value in written.where.items()),
            runtime=_runtime(written.runtime) if "runtime" in raw else "",
            expires=written.expires,
            file=file,
            line=place.line(),
        )
    except _Fault as fault:
        what = f"{file}:{place.line_of(fault.key, fault.word, lines)}: {fault.what}"
        raise UsageError(what, f"expected: {fault.hint}" if fault.hint and not fault.word else fault.hint) from None


def _convert(raw: Mapping[str, Any]) -> _Written:
    for key in raw:
        if key not in _EXPECTED:
            raise _Fault(key, f"unknown key {key!r}", f"the keys are {_KEYS}")
    for key in ("kind", "reason"):
        if key not in raw:
            raise _Fault(key, f"the entry has no `{key}`")
    if ("cells" in raw) is ("when" in raw):
        both = "both `cells` and `when`" if "cells" in raw else "neither `cells` nor `when`"
        raise _Fault("when", f"the entry has {both}", "one of the two says which cells it speaks of")
    for key, of in (("except", "cells"), ("unless", "when")):
        if key in raw and of not in raw:
            raise _Fault(key, f"`{key}` is of entries with `{of}`")
    if isinstance(raw.get("expires"), datetime.datetime):
        raise _Fault("expires", "`expires` must be a date without a time")
    try:
        return msgspec.convert(raw, _Written)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        name = re.split(r"\W", path, maxsplit=1)[0]
        raise _Fault(name, f"`{name}`: {what}") from None


def _given(key: str, value: str) -> str:
    if not value.strip():
        raise _Fault(key, f"`{key}` is empty")
    return value


def _kinds(kind: Kind | tuple[Kind, ...]) -> tuple[Kind, ...]:
    kinds = (kind,) if isinstance(kind, Kind) else kind
    if not kinds:
        raise _Fault("kind", "`kind` is empty")
    return kinds


def _by_id(written: _Written, raw: Mapping[str, Any]) -> Patterns:
    but = _patterns("except", written.but) if "except" in raw else ()
    return Patterns(cells=_patterns("cells", written.cells), but=but)


def _causes(written: _Written, place: Place) -> Causes:
    known = {one.name: one for one in scenarios.declared()}
    found: dict[str, tuple[Cause, ...]] = {"when": (), "unless": ()}
    for key, raw in (("when", written.when), ("unless", written.unless)):
        if raw == () and key not in place.keys:
            continue
        if key not in place.keys:
            raise _Fault("", f"`{key}` is no key of its own", f"written as a value: {_EXPECTED[key]}")
        default = tuple(dict.fromkeys(name for one in found["when"] for name in one.scenarios))
        if not raw:
            raise _Fault(key, f"`{key}` is empty")
        try:
            found[key] = tuple(words.read(one, known, default) for one in ((raw,) if isinstance(raw, dict) else raw))
        except words.Strange as strange:
            raise _Fault(key, f"`{key}`: {strange.what}", strange.hint, strange.word) from None
    return Causes(when=found["when"], unless=found["unless"])


def _patterns(key: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise _Fault(key, f"`{key}` is empty")
    for pattern in patterns:
        if why := _unmatchable(pattern):
            raise _Fault(key, f"`{key}`: {pattern!r} {why}")
    return patterns


def _unmatchable(pattern: str) -> str:
    """Why no cell can be of this pattern, "" where some could be. An id is scenario/transport/.../peer:peer."""
    if not pattern.strip():
        return "is empty"
    if "[" in re.sub(r"\[!?\]?[^]]*\]", "", pattern):
        return "has a [ without a ]"
    if pattern.startswith("/") or "//" in pattern:
        return "has an empty part between slashes; ids have none"
    if any(sign in pattern for sign in "*?["):
        if pattern.endswith("/"):
            return "ends with a slash; ids do not"
        if "*" not in pattern and pattern.count("/") < _FEWEST_PARTS - 1:
            return f"has too few parts; an id has at least {_FEWEST_PARTS}: scenario/transport/peers"
    return ""


def _rate(text: str) -> Rate:
    found = re.fullmatch(r"([1-9]\d{0,8}) of ([1-9]\d{0,8})", text)
    if found is None or int(found[1]) >= int(found[2]):
        raise _Fault("flaky", f"`flaky`: {text!r} is not a failure rate such as '7 of 500'")
    return Rate(int(found[1]), int(found[2]))


def _condition(who: str, text: str) -> Condition:
    library, _, versions = text.strip().partition(" ")
    try:
        return Condition(who=who, library=_library(library), versions=SpecifierSet(versions))
    except InvalidSpecifier:
        raise _Fault("where", f"`where`: {versions.strip()!r} is not a version range of {library} (PEP 440)") from None


def _library(name: str) -> str:
    if not name or re.search(r"[<>=!~,]", name):
        raise _Fault("where", f"`where`: {name!r} is not a library's name; write the name, a space, and the versions")
    return name


def _runtime(name: str) -> str:
    if name not in RUNTIMES:
        raise _Fault("runtime", f"`runtime`: there is no runtime {name!r}")
    return name
