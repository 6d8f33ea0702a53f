"""Rules that docstrings cite."""

from __future__ import annotations

import pytest

from zmq_interop import scenarios
from zmq_interop.core import rules
from zmq_interop.core.rules import HABIT, MANUAL, SPECIFICATION, Rule


@pytest.mark.parametrize(
    ("doc", "cited"),
    [
        (
            'It arrives.\n\nRFC 28/REQREP, "The REQ\nSocket Type"; zmq_send(3).',
            [Rule("RFC 28/REQREP", "The REQ Socket Type"), Rule("zmq_send(3)")],
        ),
        ("RFC 23/ZMTP and zmq_ipc(7)", [Rule("RFC 23/ZMTP"), Rule("zmq_ipc(7)")]),
        (
            'Protocol Buffers, Language Guide (proto3), "Maps"; Encoding, "Groups" and "Oneofs".',
            [
                Rule("Protocol Buffers, Language Guide", "Maps"),
                Rule("Protocol Buffers, Encoding", "Groups"),
                Rule("Protocol Buffers, Encoding", "Oneofs"),
            ],
        ),
        ('this project\'s peer contract, "Typed frames"', []),
        ('It says "Nothing" about rules.', []),
    ],
)
def test_what_is_cited(doc: str, cited: list[Rule]) -> None:
    assert rules.cited(doc) == cited


def test_the_strongest_counts() -> None:
    assert rules.grade("zmq_send(3) and RFC 28/REQREP") == SPECIFICATION
    assert rules.grade("zmq_send(3)") == MANUAL
    assert rules.grade("As everybody expects.") == HABIT


def test_a_number_alone_is_the_rfc_that_others_name() -> None:
    of = rules.by_rule({"one": 'RFC 27, "Message Format"', "other": 'RFC 27/ZAP, "Message Format"', "third": "RFC 13"})
    assert of == {Rule("RFC 13"): ["third"], Rule("RFC 27/ZAP", "Message Format"): ["one", "other"]}


def test_every_scenario_rests_on_a_rule() -> None:
    assert [one.name for one in scenarios.declared() if rules.grade(one.doc) == HABIT] == []
