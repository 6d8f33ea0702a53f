"""An entry about a user's messages or peers is not stale where nobody gave these."""

from __future__ import annotations

import pytest

from zmq_interop import scenarios
from zmq_interop.results.ledger import findings, reading
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.subject import PEER, PROTO, Every

USERS = 1  # the rank of a user's file


def own(sender: str, message: str) -> str:
    return f'when = {{ scenario = "own_schemas", sender = "{sender}", message = {message} }}'


def entry(scope: str, rank: int = USERS) -> Ledger:
    return reading.parse(f"[[failure]]\n{scope}\nkind = 'lost'\nreason = 'x'\n", "mine.toml", rank)


def every(*lacks: str) -> Every:
    known = [one for one in scenarios.load() if one.name in ("own_schemas", "push_pull")]
    return Every(known, ("c", "go"), lacks=lacks)


@pytest.mark.parametrize(
    ("scope", "needs"),
    [
        (own("c", '"acme.Order@defaults"'), f"{PROTO} DIR"),
        (own("c", '["acme.Order@defaults", "interop.payload.v1.Unknown@x"]'), f"{PROTO} DIR"),
        (own("c", '"acme.Order@x"').replace("message", "type").replace("@x", ""), f"{PROTO} DIR"),
        (own("c", '["order.proto", "acme/item.proto"]').replace("message", "file"), f"{PROTO} DIR"),
        (own("c", '"acme.Order", file = "order.proto"').replace("message", "type"), f"{PROTO} DIR"),
        ('cells = ["own_schemas/*/acme.Order@*/c:*"]', f"{PROTO} DIR"),
        ('cells = ["own_schemas/tcp/acme.Order@x"]', f"{PROTO} DIR"),
        ('when = { scenario = "push_pull", pusher = "mine" }', f"{PEER} NAME=PATH"),
        ('cells = ["push_pull/tcp/mine:c"]', f"{PEER} NAME=PATH"),
        ('cells = ["push_pull"]\nwhere = { mine = "libzmq" }', f"{PEER} NAME=PATH"),
        (own("mine", '"acme.Order@x"'), f"{PROTO} DIR and {PEER} NAME=PATH"),
    ],
)
def test_what_an_option_would_bring_is_not_looked_at_without_it(scope: str, needs: str) -> None:
    ledger = entry(scope)
    assert findings.find(ledger, every(PROTO, PEER)).problems == []
    assert findings.find(ledger, every(PROTO, PEER)).unseen == [
        f"not looked at: mine.toml:1: its cells exist only with {needs}"
    ]
    (found,) = findings.find(ledger, every()).problems
    assert found.what.startswith("stale: "), "all options were given, and still there is no such cell"
    assert findings.find(ledger, every()).unseen == []


@pytest.mark.parametrize(
    "scope",
    [
        own("pigeon", '"acme.Order@x"'),
        'cells = ["own_schemas/udp/acme.Order@x"]',
        'cells = ["push_pull/udp/mine:c"]',
        'cells = ["pigeon"]',
    ],
)
def test_protos_make_up_for_no_other_mistake(scope: str) -> None:
    ledger = entry(scope)
    assert [one.what[:5] for one in findings.find(ledger, every(PROTO)).problems] == ["stale"]
    assert findings.find(ledger, every(PROTO)).unseen == []


def test_a_peer_that_is_gone_makes_an_entry_of_the_project_stale() -> None:
    scope = 'when = { scenario = "push_pull", pusher = "mine" }'
    assert len(findings.find(entry(scope, rank=0), every(PROTO, PEER)).problems) == 1
    assert findings.find(entry(scope), every(PROTO, PEER)).problems == []


def test_entries_that_need_the_same_are_told_in_one_line() -> None:
    text = "".join(f'[[failure]]\ncells = ["push_pull/tcp/{one}:c"]\nkind = "lost"\nreason = "x"\n' for one in "xy")
    assert findings.find(reading.parse(text, "mine.toml", USERS), every(PEER)).unseen == [
        "not looked at: mine.toml:1, mine.toml:5: their cells exist only with --peer NAME=PATH"
    ]
