"""Generates docs/rules.md: which rules the scenarios cite, and which sections of the specifications none does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from zmq_interop.core import rules
from zmq_interop.core.rules import HABIT, MANUAL, SPECIFICATION, Rule
from zmq_interop.core.scenario import Scenario

HEAD = """# The rules behind the scenarios

A green cell claims that the rule of its scenario held between its peers, with its values of the axes, in one play. It
claims nothing about other rules; [limits.md](limits.md) says what no cell looks at. This page lists each rule that a
scenario cites, and the sections of the specifications that none cites. `tools/scenarios` generates it from the
scenarios' docstrings, and a test checks that it is current.

What a red cell means depends on what its scenario rests on:

| rests on | a red cell says | scenarios |
|---|---|---|
"""
_MEANS = {
    SPECIFICATION: "a rule of an RFC or of Protocol Buffers is broken: peers that keep it cannot rely on this one",
    MANUAL: "libzmq's manual promises something else: programs that were written for libzmq behave differently",
    HABIT: "no document says so, but programs rely on it",
}
# Sections of the specifications that say how peers behave, without goals, grammar and examples.
SECTIONS = {
    "RFC 26/CURVEZMQ": (
        "The HELLO Command",
        "The WELCOME Command",
        "The INITIATE Command",
        "The READY Command",
        "The ERROR Command",
        "The MESSAGE Command",
    ),
    "RFC 27/ZAP": (
        "Architecture",
        "Message Format",
        "Socket Types",
        "Proxy Handlers",
        "The NULL Mechanism",
        "The PLAIN Mechanism",
        "The CURVE Mechanism",
    ),
    "RFC 28/REQREP": ("The REQ Socket Type", "The REP Socket Type", "The DEALER Socket Type", "The ROUTER Socket Type"),
    "RFC 29/PUBSUB": ("The PUB Socket Type", "The XPUB Socket Type", "The SUB Socket Type", "The XSUB Socket Type"),
    "RFC 30/PIPELINE": ("The PUSH Socket Type", "The PULL Socket Type"),
    "RFC 31/EXPAIR": ("The PAIR Socket Type",),
    "RFC 37/ZMTP": (
        "Version Negotiation",
        "Topology",
        "Authentication and Confidentiality",
        "Error Handling",
        "Framing",
        "Commands",
        "Messages",
        "The NULL Security Mechanism",
        "Connection Metadata",
        "The Socket-Type Property",
        "The Identity Property",
        "The Resource Property",
        "Socket Semantics",
        "The Publish-Subscribe Pattern",
        "The Client-Server Pattern",
        "The Radio-Dish Pattern",
        "The Scatter-Gather Pattern",
        "The Peer-to-Peer Pattern",
        "The CHANNEL Pattern",
        "Thread-Safe Socket Types",
        "Connection Heartbeating",
        "Backwards Interoperability",
        "Security Considerations",
    ),
}


def page(known: Sequence[Scenario]) -> str:
    """The text of the page."""
    docs = {one.name: one.doc for one in known}
    grades = Counter(rules.grade(doc) for doc in docs.values())
    lines = [f"| {grade} | {means} | {grades[grade]} |" for grade, means in _MEANS.items()]
    return HEAD + "\n".join([*lines, *_sources(rules.by_rule(docs))]) + "\n"


def _sources(of: dict[Rule, list[str]]) -> Iterator[str]:
    for source in sorted({*(rule.source for rule in of), *SECTIONS}):
        cited = [rule for rule in of if rule.source == source]
        yield from ("", f"## {source}", "", "| section | scenarios |", "|---|---|")
        for rule in cited:
            links = ", ".join(f"[{name}](scenarios.md#{name})" for name in of[rule])
            yield f"| {rule.section or '(as a whole)'} | {links} |"
        there = {rule.section for rule in cited}
        for section in SECTIONS.get(source, ()):
            if section not in there:
                yield f"| {section} | none |"


def write(path: Path, known: Sequence[Scenario]) -> None:
    """Writes the page."""
    path.write_text(page(known))
