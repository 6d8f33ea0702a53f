"""Each rule of `buf breaking` says which cells show its breach on the wire, and these cells are there."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.tools.tool import find
from zmq_interop import scenarios
from zmq_interop.core import cell, plan
from zmq_interop.peers import manifest
from zmq_interop.schemas import buf, skew
from zmq_interop.schemas.skew import Effect
from zmq_interop.system.paths import ROOT

NUMBERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "sfixed32", "fixed64", "sfixed64")
TYPES = (*NUMBERS, "float", "double", "bool", "enum", "string", "bytes", "message", "m.A", "m.B")
CARDINALITIES = ("repeated", "map", "required", "optional with implicit presence", "optional with explicit presence")


def changed(what: str, old: str, new: str) -> Effect:
    """What happens where one field is changed like this."""
    rule = {"type": "FIELD_SAME_TYPE", "cardinality": "FIELD_SAME_CARDINALITY"}[what]
    return skew.effect(rule, f'Field "1" with name "x" on message "M" changed {what} from "{old}" to "{new}".')


def test_every_rule_of_buf_is_in_the_table_and_no_other() -> None:
    listing = (find("buf"), "config", "ls-breaking-rules", "--version", "v2", "--format", "json")
    done = subprocess.run(listing, capture_output=True, text=True, check=True)
    assert {json.loads(line)["id"] for line in done.stdout.splitlines()} == set(skew.EFFECTS)


def test_every_cell_that_is_named_is_one_of_a_default_run() -> None:
    effects = [*skew.EFFECTS.values()]
    effects += [changed("type", old, new) for old in TYPES for new in TYPES if old != new]
    effects += [changed("cardinality", old, new) for old in CARDINALITIES for new in CARDINALITIES if old != new]
    ids = [one.id for one in plan.plan(scenarios.load(), manifest.discover())]
    named = {pattern for effect in effects for pattern in effect.cells}
    assert [pattern for pattern in named if not any(cell.matches(id, (pattern,)) for id in ids)] == []
    assert all(effect.note for effect in effects)
    (axis,) = next(one.axes for one in scenarios.load() if one.name == "schema_skew")
    told = {pattern.rpartition("/")[2] for pattern in named if pattern.startswith("schema_skew/")}
    assert told == set(axis.values), "a skew that no change of a schema leads to"


@pytest.mark.parametrize(
    ("old", "new", "values"),
    [
        ("uint32", "sint32", ["unsafe-int32-sint32"]),
        ("int32", "int64", ["int32-int64"]),
        ("int32", "uint64", ["int32-uint32", "int32-int64"]),
        ("bool", "enum", ["int32-bool", "int32-enum"]),
        ("sint64", "sint32", ["sint32-sint64"]),
        ("fixed64", "sfixed64", ["fixed32-sfixed32"]),
        ("fixed32", "fixed64", ["unsafe-int32-fixed32"]),
        ("string", "int32", ["unsafe-int32-fixed32"]),
        ("message", "bytes", ["message-bytes"]),
        ("m.A", "m.B", ["field-added", "field-removed", "field-renamed"]),
        ("float", "fixed32", []),
    ],
)
def test_a_change_of_type_leads_to_its_own_skew(old: str, new: str, values: list[str]) -> None:
    for effect in (changed("type", old, new), changed("type", new, old)):
        assert list(effect.cells) == [f"schema_skew/tcp/{value}" for value in values]


def test_a_change_of_cardinality_leads_to_its_own_cells() -> None:
    assert changed("cardinality", "map", "repeated").cells == ("schema_skew/tcp/entries-map",)
    assert "schema_skew/tcp/one-many" in changed("cardinality", "repeated", "optional with implicit presence").cells
    assert changed("cardinality", *CARDINALITIES[-2:]).cells == ("decode_proof/tcp/default-on-the-wire",)


def test_presence_that_is_lost_or_new_is_told() -> None:
    implicit, explicit = CARDINALITIES[-2:]
    assert changed("cardinality", explicit, implicit).note.startswith("presence is lost: ")
    assert changed("cardinality", "required", implicit).note.startswith("presence is lost: ")
    assert changed("cardinality", implicit, explicit).note.startswith("presence is new: ")
    assert "each tells unset from set" in changed("cardinality", "required", explicit).note


def test_what_leaves_the_wire_alone_says_so_and_a_rule_that_nobody_knows_too() -> None:
    assert skew.effect("FILE_SAME_GO_PACKAGE", "x") == Effect("nothing: only generated code differs")
    assert "unknown" in skew.effect("PLUGIN_RULE", "x").note


def test_the_version_of_buf_is_the_one_of_the_tools() -> None:
    assert f"{buf.NAME}=={buf.VERSION} " in (ROOT / "requirements/dev.txt").read_text()
