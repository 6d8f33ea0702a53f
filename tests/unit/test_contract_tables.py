"""The tables of docs/peer-contract.md say what is: the options that agents take, the events that scenarios wait for."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import zmq

from zmq_interop import scenarios
from zmq_interop.agents.scripted.sockets import TYPES
from zmq_interop.core.peer import OPERATIONS
from zmq_interop.core.scenario import MULTICAST, TRANSPORTS, Needs, Scenario
from zmq_interop.scenarios.unasked import UNASKED
from zmq_interop.system.paths import PEERS, ROOT, TEMPLATES

CONTRACT = (ROOT / "docs/peer-contract.md").read_text()
OPTION = re.compile(r"(?m)^\| `(\w+)` \| (\d+) \| (number|number, 64 bits|data) \| ([^|]+) \| [^|]+ \|$")
EVENT = re.compile(r"(?m)^\| `(\w+)` \| (?:is bound|was bound|connects|either|did not close) \|")
KINDS = {"int": "number", "int64": "number, 64 bits", "bytes": "data"}  # by the names of pyzmq
UNITS = {
    "number": {"ms", "s", "messages", "bytes", "connections", "probes", "kbit/s", "hops", "flag"},
    "number, 64 bits": {"bytes"},
    "data": {"bytes", "text", "32 bytes"},
}


def _python_options() -> ModuleType:
    spec = importlib.util.spec_from_file_location("options_of_python", PEERS / "python/options.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_option_has_its_number_and_kind() -> None:
    rows = OPTION.findall(CONTRACT)
    agent = _python_options().OPTIONS
    assert sorted(name for name, *_ in rows) == sorted(agent)
    for name, number, kind, unit in rows:
        option = zmq.SocketOption[name]
        assert (int(number), kind) == (option.value, KINDS[option._opt_type.name]), name
        assert kind.split(",")[0] == agent[name].kind, name
        assert unit in UNITS[kind], name


@pytest.mark.parametrize(
    "table",
    [PEERS / "c/options.c", PEERS / "cpp/options.cpp", PEERS / "go/options.go", TEMPLATES / "java/Options.java"],
    ids=lambda path: path.parent.name,
)
def test_agents_in_other_languages_know_the_same_options(table: Path) -> None:
    text = table.read_text()
    names = {name for name, *_ in OPTION.findall(CONTRACT)}
    assert names <= set(re.findall(r"\w+", text.replace("ZMQ_", "")))


def test_each_event_that_a_scenario_waits_for_is_in_the_table() -> None:
    known = {event.name for event in zmq.Event}
    files = sorted((ROOT / "zmq_interop/scenarios").rglob("*.py"))
    waited = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value in known
    }
    assert set(EVENT.findall(CONTRACT)) == waited


def test_whatever_a_peer_can_claim_is_needed_by_some_scenario() -> None:
    """A claim that no scenario needs could be false without anybody noticing."""
    known = scenarios.load()
    needed = [needs for one in known for needs in _all_needs(one)]
    options = {name for name, *_ in OPTION.findall(CONTRACT)} - {"LAST_ENDPOINT"}  # read only
    assert options == {name for needs in needed for name in needs.options}
    assert {*TYPES, "STREAM"} == {name for needs in needed for name in needs.sockets}
    assert {"NULL", "PLAIN", "CURVE"} == {name for needs in needed for name in needs.mechanisms}
    assert {*TRANSPORTS, *MULTICAST} == {name for one in known for name in one.transports}
    # The control channel puts operations together as a Program by itself (decision 39).
    assert set(OPERATIONS) - {"program"} == {name for needs in needed for name in needs.operations}


def test_every_option_of_libzmq_is_in_the_contract_or_said_to_be_asked_of_nobody() -> None:
    """By number: some have several names. What is neither is an option that nobody has thought of."""
    asked = {int(number) for _, number, *_ in OPTION.findall(CONTRACT)}
    unasked = {zmq.SocketOption[name].value for name in UNASKED}
    assert {option.value for option in zmq.SocketOption} == asked | unasked
    assert not asked & unasked


def _all_needs(one: Scenario) -> Iterator[Needs]:
    yield from one.roles.values()
    for axis in one.axes:
        for roles in axis.needs.values():
            yield from roles.values()
