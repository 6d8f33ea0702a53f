"""What a declaration expects of a message, and how a difference is told."""

from __future__ import annotations

from typing import Any

import pytest

from zmq_interop.programs import faults, matchers
from zmq_interop.programs.matchers import Difference
from zmq_interop.schemas import gather, payloads
from zmq_interop.schemas.payloads import Types

PROTO = """\
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  string id = 1;
  int64 cents = 2;
  repeated string tags = 3;
  map<string, int32> stock = 4;
  Address to = 5;
  Kind kind = 6;
  bytes blob = 7;
  optional int32 note = 8;
  google.protobuf.Timestamp at = 9;
  repeated Address others = 10;
  double ratio = 11;
  map<string, Address> homes = 12;
}
message Address { string street = 1; int32 number = 2; }
message Wider { string id = 1; int64 cents = 2; Address to = 5; string extra = 99; }
enum Kind { KIND_UNSPECIFIED = 0; KIND_EXPRESS = 1; }
"""
ORDER = "shop.Order"
FULL: dict[str, Any] = {
    "id": "A-42", "cents": 1200, "tags": ["b", "a"], "stock": {"x": 3}, "to": {"street": "s", "number": 7},
    "kind": "KIND_EXPRESS", "blob": "AQI=", "note": 0, "at": "2026-01-02T03:04:05Z",
    "others": [{"street": "p"}, {"street": "q"}], "ratio": "NaN", "homes": {"h": {"number": 1}},
}  # fmt: skip


@pytest.fixture(scope="session")
def types(tmp_path_factory: pytest.TempPathFactory) -> Types:
    folder = tmp_path_factory.mktemp("protos")
    (folder / "mine").mkdir()
    (folder / "mine/shop.proto").write_text(PROTO)
    return payloads.load(gather.gather(folder / "snapshots", [folder / "mine"]).descriptors)


@pytest.fixture
def order(types: Types) -> bytes:
    return matchers.encode(types, ORDER, FULL, {})


def compare(types: Types, value: dict[str, Any], encoded: bytes, **settings: Any) -> list[Difference]:
    assert list(faults.of_value(types, ORDER, value, sends=False)) == []
    return matchers.differences(types, ORDER, value, encoded, settings.pop("known", {}), **settings)


EQUAL: list[dict[str, Any]] = [
    {},
    {"cents": "1200"},
    {"cents": 1200.0},
    {"kind": 1},
    {"blob": "AQI"},
    {"at": "2026-01-02T04:04:05+01:00"},
    {"id": "$any"},
    {"id": {"$regex": "[A-Z]-[0-9]+"}},
    {"cents": {"$range": [1200, 1200]}},
    {"tags": {"$any_order": ["a", "b"]}},
    {"tags": ["b", "$any"]},
    {"others": {"$any_order": [{"street": "q"}, {"street": {"$regex": "."}}]}},
    {"to": {"street": "$any", "number": {"$range": [1, 9]}}},
    {"to": "$any"},
    {"stock": {"x": {"$range": [1, 5]}}},
    {"homes": {"h": {"number": "$any"}}},
    {"id": "$before.id"},
    {"to": "$before.to"},
    {"to": {"street": "$before.others[0].street", "number": 7}},
]


@pytest.mark.parametrize("change", EQUAL, ids=str)
def test_a_value_that_fits_has_no_difference(change: dict[str, Any], types: Types, order: bytes) -> None:
    before = {"before": matchers.as_json(types, ORDER, order)}
    before["before"]["others"][0]["street"] = "s"
    assert compare(types, FULL | change, order, known=before) == []


DIFFERENT: list[tuple[dict[str, Any], Difference]] = [
    ({"id": "A-43"}, Difference("id (field 1)", '"A-43"', '"A-42"')),
    ({"id": {"$regex": "[0-9]+"}}, Difference("id (field 1)", "a text that matches [0-9]+", '"A-42"')),
    ({"cents": {"$range": [1, 5]}}, Difference("cents (field 2)", "from 1 to 5", '"1200"')),
    ({"tags": ["a", "a"]}, Difference("tags[0] (field 3)", '"a"', '"b"')),
    ({"tags": ["a"]}, Difference("tags (field 3)", "1 elements", "2: ['b', 'a']")),
    ({"tags": {"$any_order": ["a", "c"]}}, Difference("tags (field 3)", "an element \"c\"", "['b']")),
    ({"stock": {"x": 4}}, Difference("stock['x'] (field 4)", "4", "3")),
    ({"stock": {}}, Difference("stock['x']", "no such entry", "3")),
    ({"stock": {"x": 3, "y": 1}}, Difference("stock['y']", "1", "no such entry")),
    ({"to": {"street": "s"}}, Difference("to.number (field 2)", "0", "7")),
    ({"kind": 0}, Difference("kind (field 6)", '"KIND_UNSPECIFIED"', '"KIND_EXPRESS"')),
    ({"at": "2026-01-02T03:04:06Z"}, Difference("at (field 9)", '"2026-01-02T03:04:06Z"', '"2026-01-02T03:04:05Z"')),
    ({"id": "$before.tags[0]"}, Difference("id (field 1)", '"b", as $before.tags[0]', '"A-42"')),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), DIFFERENT, ids=str)
def test_a_value_that_does_not_fit_is_told_with_its_field(
    change: dict[str, Any], told: Difference, types: Types, order: bytes
) -> None:
    before = {"before": matchers.as_json(types, ORDER, order)}
    assert compare(types, FULL | change, order, known=before) == [told]


def test_a_field_that_is_not_named_must_have_its_default_unless_partial(types: Types, order: bytes) -> None:
    rest = {name: value for name, value in FULL.items() if name not in ("note", "ratio")}
    found = compare(types, rest, order)
    assert found == [Difference("note (field 8)", "nothing", "0"), Difference("ratio (field 11)", "0.0", '"NaN"')]
    assert compare(types, rest, order, partial=True) == []


def test_a_field_that_the_type_does_not_have_is_told(types: Types) -> None:
    wider = matchers.encode(types, "shop.Wider", {"id": "x", "extra": "more"}, {})
    want = Difference("", "no field 99, which shop.Order does not have", 'field 99: "more"')
    assert compare(types, {"id": "x"}, wider) == [want]
    assert compare(types, {"id": "x"}, wider, unknown=True) == []


def test_bytes_that_are_no_message_are_told(types: Types) -> None:
    (one,) = compare(types, {}, b"\xff\xff")
    assert (one.path, one.expected) == ("", "a shop.Order")
    assert one.got.startswith("ffff, which is none: ")


def test_what_is_sent_takes_values_of_earlier_messages(types: Types, order: bytes) -> None:
    before = {"one": matchers.as_json(types, ORDER, order)}
    sent = matchers.encode(types, ORDER, {"id": "$one.tags[1]", "to": "$one.to", "tags": ["$$x"]}, before)
    assert matchers.as_json(types, ORDER, sent)["id"] == "a"
    assert matchers.as_json(types, ORDER, sent)["tags"] == ["$x"]
    assert matchers.as_json(types, ORDER, sent)["to"] == {"street": "s", "number": 7}
    with pytest.raises(ValueError, match="the message 'one' has nothing there"):
        matchers.encode(types, ORDER, {"id": "$one.tags[9]"}, before)


FAULTS: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"idd": "x"}, ("idd",), "shop.Order has no field 'idd'; did you mean 'id'?"),
    ({"to": {"stret": "x"}}, ("to", "stret"), "shop.Address has no field 'stret'"),
    ({"cents": "x"}, ("cents",), "x"),
    ({"tags": "x"}, ("tags",), "must be a list: the field is repeated"),
    ({"stock": 3}, ("stock",), "must be a table: it is a map"),
    ({"to": 3}, ("to",), "must be a table with fields of shop.Address"),
    ({"kind": "KIND_X"}, ("kind",), "KIND_X"),
    ({"at": "yesterday"}, ("at",), ""),
    ({"cents": {"$range": [5, 1]}}, ("cents",), "give the lowest and the highest number"),
    ({"id": {"$regex": "("}}, ("id",), "no regular expression"),
    ({"id": {"$rgx": "x"}}, ("id",), "known matchers"),
    ({"id": {"$any_order": []}}, ("id",), "is for a repeated field"),
]


@pytest.mark.parametrize(("value", "at", "says"), FAULTS, ids=str)
def test_a_wrong_value_is_told_before_anything_starts(
    value: dict[str, Any], at: tuple[str | int, ...], says: str, types: Types
) -> None:
    (one,) = faults.of_value(types, ORDER, value, sends=False)
    assert one.at == at
    assert says in one.what


@pytest.mark.parametrize("value", ["$any", {"$regex": "x"}, {"$range": [1, 2]}], ids=str)
def test_a_message_to_send_has_no_matcher(value: Any, types: Types) -> None:
    (one,) = faults.of_value(types, ORDER, {"cents": value}, sends=True)
    assert "is for `expect`" in one.what
