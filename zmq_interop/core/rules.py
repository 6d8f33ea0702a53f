"""Which rules the docstrings of scenarios cite: RFCs, manual pages of libzmq, documents of Protocol Buffers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

PROTOBUF = "Protocol Buffers"
_SOURCE = (
    r"(?P<rfc>RFC \d+(?:/[A-Z]+)?)"
    r"|(?P<page>zmq\w*\(\d\))"
    r"|(?P<protobuf>Protocol Buffers(?:, )?(?:Language Guide(?: \(proto3\))?|\"?Encoding\"?)?)"
    r"|(?P<own>peer contract)"  # of this project, which is no rule of the libraries
    r"|(?P<guide>Language Guide(?: \(proto3\))?|Encoding(?=, \"|: \"))"
)
_TOKEN = re.compile(rf'{_SOURCE}|"(?P<section>[A-Z][^"]*)"')
_NUMBER = re.compile(r"RFC (\d+)")

SPECIFICATION, MANUAL, HABIT = "specification", "manual of libzmq", "habit"


class Rule(msgspec.Struct, frozen=True, order=True):
    """What is cited. source: "RFC 28/REQREP", "zmq_msg_send(3)", "Protocol Buffers, Encoding". section: a heading in it
    as it is quoted, "" for all of it."""

    source: str
    section: str = ""

    @property
    def grade(self) -> str:
        """What a cell that fails breaks: a specification of the wire, or what libzmq's manual promises."""
        return MANUAL if self.source.startswith("zmq") else SPECIFICATION


def cited(doc: str) -> list[Rule]:
    """The rules that a docstring cites, each once, in its order. A source with quoted headings behind it counts with
    these, else by itself."""
    found: dict[Rule, None] = {}
    source = ""
    bare = False  # the source has no section yet
    for token in _TOKEN.finditer(re.sub(r"\s+", " ", doc)):
        if (section := token["section"]) and source:
            found[Rule(source, section.rstrip(".,"))] = None
            bare = False
        elif not section:
            if bare:
                found[Rule(source)] = None
            source = "" if token["own"] else _named(token)
            bare = bool(source)
    if bare:
        found[Rule(source)] = None
    return [*found]


def _named(token: re.Match[str]) -> str:
    if token["rfc"] or token["page"]:
        return token[0]
    words = "Language Guide" if "Guide" in token[0] else "Encoding" if "Encoding" in token[0] else ""
    return f"{PROTOBUF}, {words}" if words else PROTOBUF


def grade(doc: str) -> str:
    """The strongest that a scenario's docstring cites: a specification, libzmq's manual, or else habit."""
    grades = {one.grade for one in cited(doc)}
    return next((one for one in (SPECIFICATION, MANUAL) if one in grades), HABIT)


def by_rule(docs: Mapping[str, str]) -> dict[Rule, list[str]]:
    """Rule -> the scenarios that cite it, by name; sorted. docs: scenario -> its docstring.

    An RFC that is cited by its number alone counts as the one that others cite by number and name.
    """
    every = {name: cited(doc) for name, doc in docs.items()}
    full: dict[str, str] = {}
    for rules in every.values():
        for one in rules:
            if (number := _NUMBER.match(one.source)) and len(one.source) > len(full.get(number[1], "")):
                full[number[1]] = one.source
    found: dict[Rule, dict[str, None]] = {}
    for name, rules in every.items():
        for one in rules:
            number = _NUMBER.match(one.source)
            rule = Rule(full[number[1]], one.section) if number else one
            found.setdefault(rule, {})[name] = None
    return {rule: sorted(names) for rule, names in sorted(found.items())}
