"""Samples: what is played for each, and one clear message for each that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.unit import world
from zmq_interop import scenarios
from zmq_interop.core import plan
from zmq_interop.schemas import gather, payloads, samples
from zmq_interop.schemas.samples import Limits, Own
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import ROOT

PROTO = """syntax = "proto3";
package p;
import "google/protobuf/any.proto";
import "google/protobuf/timestamp.proto";
message M {
  string s = 1;
  int32 n = 2;
  repeated M kids = 3;
  map<int32, string> names = 4;
  google.protobuf.Timestamp at = 5;
  google.protobuf.Any any = 6;
  bytes b = 7;
  message Inner { repeated int32 many = 1; }
}
"""
Read = Callable[..., dict[str, Own]]


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, ours: Path) -> gather.Schemas:
    folder = tmp_path_factory.mktemp("user")
    (folder / "m.proto").write_text(PROTO)
    (folder / "old.proto").write_text(
        'syntax = "proto2"; message Old { required int32 n = 1; map<string, Old> map = 2; }'
    )
    return gather.gather(tmp_path_factory.mktemp("snapshots"), [folder], ours)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "m.samples.yaml"


@pytest.fixture
def read(user: gather.Schemas, file: Path) -> Read:
    """Reads one sample file beside the protos; what is there without it is left out."""

    def read(text: str | bytes, **limits: int) -> dict[str, Own]:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = samples.read(msgspec.structs.replace(user, samples={"a/m.samples.yaml": file}), Limits(**limits))
        return {name: own for name, own in found.items() if isinstance(own, Own) and name not in samples.read(user)}

    return read


def test_every_type_is_played_with_its_default_values(user: gather.Schemas) -> None:
    found = samples.read(user)
    assert [name for name in found if name.startswith("p.")] == ["p.M@defaults", "p.M.Inner@defaults"]
    assert "Old@defaults" not in found, "zero bytes are no message of a type with a required field"
    assert "interop.payload.v1.Shapes@all-fields" not in samples.read(msgspec.structs.replace(user, samples={})), (
        "samples are those of the files that were found"
    )


def test_a_sample_is_what_json_says(read: Read, user: gather.Schemas) -> None:
    found = read(
        """
        - type: p.M
          name: all
          value:
            s: é
            n: -1
            kids: [{s: a}, {}]
            names: {7: seven}
            at: 2026-01-02T03:04:05Z
            any: {'@type': type.googleapis.com/p.M, s: inside}
            b: AQI=
        """
    )
    (own,) = found.values()
    assert set(found) == {"p.M@all"}
    message = payloads.load(user.descriptors).decode("p.M", own.value)
    assert 's: "é"' in str(message) or "\\303\\251" in str(message)
    assert "seconds: 1767323045" in str(message)
    assert own.forms[0] == own.value


def test_the_bytes_of_a_sample_are_sent_as_they_are(read: Read) -> None:
    own = read("- {type: p.M, name: x, value: {s: a, n: 1}, hex: 10 01 0A 01 61}")["p.M@x"]
    assert own.value == b"\x0a\x01a\x10\x01"
    assert own.forms[0] == b"\x10\x01\x0a\x01a"


def test_bytes_to_be_refused_have_no_value(read: Read) -> None:
    found = read(
        "- {type: Old, name: x, refused: true, hex: 12 00}\n- {type: p.M, name: x, refused: true, hex: 0a 05 61}"
    )
    assert {name: (own.refused, own.forms, own.defect) for name, own in found.items()} == {
        "Old@x": (True, (b"\x12\x00",), ""),
        "p.M@x": (True, (b"\x0a\x05a",), ""),
    }


def test_each_value_is_also_sent_in_bytes_that_no_encoder_writes(user: gather.Schemas, read: Read) -> None:
    types = payloads.load(user.descriptors)
    more = read(
        "- {type: p.M, name: x, value: {s: a, kids: [{n: 1}, {n: 2}], names: {1: a, 2: b}, at: 1970-01-01T00:00:01Z}}"
    )
    for name, own in {**samples.read(user), **more}.items():
        assert isinstance(own, Own)
        for form in own.forms:
            assert types.decode(own.type, form).SerializeToString(deterministic=True) == own.value, name
        # Zero bytes can be written otherwise only where a field does not tell its default from absence.
        plain = [one for one in types.find(own.type).fields if not (one.has_presence or one.is_repeated)]
        assert len(own.forms) == 2 or not (own.value or plain), name


BAD = {
    "unknown field": (
        "- {type: p.M, name: x, value: {s: a,\n  nope: 1}}",
        "p.M@x",
        ':2: p.M@x: .*no field named "nope"',
    ),
    "wrong type": ("- type: p.M\n  name: x\n  value:\n    n: two", "p.M@x", ":4: p.M@x: Failed to parse n field"),
    "deep": (
        "- type: p.M\n  name: x\n  value:\n    kids:\n    - s: a\n    - kids:\n      - z: 1",
        "p.M@x",
        r':7: p.M@x: .*no field named "z" at "M.kids\[1\].kids\[0\]"',
    ),
    "out of range": ("- {type: p.M, name: x, value: {n: 2147483648}}", "p.M@x", ":1: p.M@x: .*out of range"),
    "no map": ("- {type: p.M, name: x, value: [1]}", "p.M@x", ":1: p.M@x: value must be a map of fields"),
    "null": ("- {type: p.M, name: x, value: }", "p.M@x", ":1: p.M@x: value must be a map of fields"),
    "other bytes": (
        "- {type: p.M, name: x, value: {}, hex: 10 01}",
        "p.M@x",
        ":1: .*a different value: re-encoded, 1001,",
    ),
    "unknown bytes": ("- {type: p.M, name: x, value: {}, hex: 78 01}", "p.M@x", ":1: .*a different value"),
    "no message": ("- {type: p.M, name: x, value: {}, hex: 0a 05}", "p.M@x", ":1: .*does not decode"),
    "date": (
        "- type: p.M\n  name: x\n  value:\n    at: 2026-01-02",
        "p.M@x",
        ":4: p.M@x: .*; write a Timestamp as 2026-01-02T03:04:05Z, with its zone$",
    ),
    "date inside": (
        "- {type: p.M, name: x, value: {kids: [{at: 2026-01-02T03:04:05}]}}",
        "p.M@x",
        ":1: p.M@x: .*write a Timestamp as",
    ),
    "required": ("- {type: Old, name: x, value: {}}", "Old@x", ":1: Old@x: without the required n; .*`refused: true`"),
    "required inside": (
        "- {type: Old, name: x, value: {n: 1, map: {a: {}}}}",
        "Old@x",
        r":1: Old@x: without the required map\['a'\]\.n; ",
    ),
    "required bytes": (
        "- {type: Old, name: x, value: {n: 1}, hex: '1200'}",
        "Old@x",
        ":1: .*hex is a message without the",
    ),
    "refused value": (
        "- {type: p.M, name: x, value: {}, refused: true, hex: aa}",
        "a.m.samples.yaml@1",
        ":1: for bytes that every peer must refuse, give `refused: true`",
    ),
    "refused no": (
        "- {type: p.M, name: x, refused: no, hex: aa}",
        "a.m.samples.yaml@1",
        ":1: for bytes that every peer",
    ),
    "refused nothing": (
        "- {type: p.M, name: x, refused: true}",
        "a.m.samples.yaml@1",
        ":1: a sample needs the key 'hex'",
    ),
    "refused message": ("- {type: p.M, name: x, refused: true, hex: 0a 00}", "p.M@x", ":1: .*so no peer refuses it"),
    "no hex": ("- {type: p.M, name: x, value: {}, hex: 0a 0}", "p.M@x", ":1: .*must be pairs"),
    "hex is a number": ("- {type: p.M, name: x, value: {}, hex: 10}", "a.m.samples.yaml@1", ":1: .*quote it"),
    "type": ("- {type: p.N, name: x, value: {}}", "a.m.samples.yaml@1", ":1: p.N@x: there is no .*did you mean p.M"),
    "own type": (
        "- {type: google.protobuf.Any, name: x, value: {}}",
        "a.m.samples.yaml@1",
        ":1: .*fields of your messages",
    ),
    "contract": ("- {type: interop.control.v1.Hello, name: x, value: {}}", "a.m.samples.yaml@1", ":1: .*no such"),
    "name": ("- {type: p.M, name: a/b, value: {}}", "a.m.samples.yaml@1", ":1: the name 'a/b'"),
    "number": ("- {type: p.M, name: 5, value: {}}", "a.m.samples.yaml@1", ":1: the name 5"),
    "taken": ("- {type: p.M, name: defaults, value: {}}", "p.M@defaults@1", ":1: .*already"),
    "key": ("- {type: p.M, name: x, value: {}, base64: aa}", "a.m.samples.yaml@1", ":1: unknown key 'base64'"),
    "no value": ("\n- {type: p.M, name: x}", "a.m.samples.yaml@2", ":2: a sample needs the key 'value'"),
    "no sample": ("- 5", "a.m.samples.yaml@1", ":1: a sample must be a map with the keys"),
    "no list": ("type: p.M", "a.m.samples.yaml", ":1: a sample file must be a list"),
    "nothing": ("", "a.m.samples.yaml", ":1: a sample file must be a list"),
    "yaml": ("- {type: p.M\n- x", "a.m.samples.yaml", ":2: did not find expected"),
    "bomb": ("- &a [x, x]\n- &b [*a, *a]\n- [*b, *b]", "a.m.samples.yaml", ":1: anchors and aliases"),
    "not text": (b"- a\n- \xff", "a.m.samples.yaml", ":2: not UTF-8"),
}


@pytest.mark.parametrize(("text", "name", "says"), BAD.values(), ids=BAD)
def test_a_bad_sample_is_told_with_file_and_line(
    text: str | bytes, name: str, says: str, read: Read, file: Path
) -> None:
    found = read(text)
    assert set(found) == {name}
    assert re.match(f"{re.escape(str(file))}{says}", found[name].defect), found[name].defect
    assert "\n" not in found[name].defect


def test_a_bad_sample_costs_no_other(read: Read) -> None:
    found = read(
        "- {type: p.M, name: x, value: {}}\n- {type: p.M, name: x, value: {}}\n- {type: p.M, name: y, value: 1}"
    )
    assert {name: bool(own.defect) for name, own in found.items()} == {"p.M@x": False, "p.M@x@2": True, "p.M@y": True}


def test_sizes_are_bounded(read: Read) -> None:
    found = read(f"- {{type: p.M, name: x, value: {{s: {'x' * 101}}}}}", value=100)
    assert "103 bytes encoded: a sample has at most 100" in found["p.M@x"].defect
    found = read(f"- {{type: p.M, name: x, value: {{s: {'x' * 101}}}}}", file=100)
    assert "the maximum for a sample file is 100" in found["a.m.samples.yaml"].defect
    with pytest.raises(UsageError, match="more than 3 messages"):
        read("- {type: p.M, name: x, value: {}}", messages=3)


def test_a_sample_file_that_cannot_be_read_is_told(user: gather.Schemas, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    files = {"loop": tmp_path / "loop", "gone": tmp_path / "gone", "dev": Path("/dev/null")}
    found = samples.read(msgspec.structs.replace(user, samples=files, defects={}))
    assert {name: own.defect for name, own in found.items() if isinstance(own, Own) and own.defect} == {
        "loop": f"{tmp_path / 'loop'}: Too many levels of symbolic links",
        "gone": f"{tmp_path / 'gone'}: No such file or directory",
        "dev": "/dev/null: not a file",
    }


def test_defects_of_protos_are_named_after_their_files(user: gather.Schemas) -> None:
    defects = {"a/b.proto": "one", "a.b.proto": "two", "-ö x.proto": "three", ".": "four"}
    found = samples.read(msgspec.structs.replace(user, defects=defects))
    names = {own.defect: name for name, own in found.items() if isinstance(own, Own)}
    assert [names[why] for why in defects.values()] == ["a.b.proto", "a.b.proto=2", "x.proto", "folder"]


# Without the peers: they have no protos of their own, but their builds have those of libraries.
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.name != "peers" and any(path.rglob("*.proto")))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_sound(folder: Path, tmp_path: Path, ours: Path) -> None:
    found = gather.gather(tmp_path, [folder], ours)
    assert found.defects == {}
    assert [own for own in samples.read(found).values() if isinstance(own, Own) and own.defect] == []


def test_the_sample_in_the_documentation_is_sound(tmp_path: Path, ours: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/own-schemas.md").read_text(), re.DOTALL)
    (tmp_path / "doc.samples.yaml").write_text(text)
    shop = gather.gather(tmp_path, [ROOT / "examples/shop"], ours)
    found = samples.read(msgspec.structs.replace(shop, samples={"doc": tmp_path / "doc.samples.yaml"}))
    own = found["shop.v1.Order@express"]
    assert isinstance(own, Own)
    assert own.defect == ""


def test_the_scenario_plays_what_it_is_given_with_every_pair_of_peers() -> None:
    known = world.peers("a", "b")
    messages: dict[str, object] = {f"p.M@{number}": Own(type="p.M") for number in range(30)}
    cells = [cell.id for cell in plan.plan(scenarios.load(messages), known, ["own_schemas"])]
    assert cells[:2] == ["own_schemas/tcp/p.M@0/a:a", "own_schemas/tcp/p.M@0/a:b"]
    assert len(cells) == 30 * 4
    both = plan.plan(scenarios.load({**samples.of_project(), **messages}), known, ["own_schemas"])
    assert [cell.id for cell in both] == cells
    projects = plan.plan(scenarios.load(), known, ["own_schemas"])
    assert {cell.values["message"] for cell in projects} == set(samples.of_project()) != set()
