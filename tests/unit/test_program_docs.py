"""docs/own-programs.md names every key of interop.toml, and its example is a good declaration."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from zmq_interop.programs import reading, scenarios
from zmq_interop.programs.declaration import Config, Dialogue, Program, Ready, Socket, Step, Stop, Version
from zmq_interop.programs.matchers import MATCHERS
from zmq_interop.schemas import gather, payloads
from zmq_interop.system.paths import ROOT

PAGE = (ROOT / "docs/own-programs.md").read_text()
PROTO = """\
syntax = "proto3";
package shop.v1;
message Order { string id = 1; repeated Item items = 2; }
message Item { int64 cents = 1; }
message Total { string id = 1; int64 cents = 2; }
"""


@pytest.mark.parametrize("of", [Config, Program, Ready, Stop, Socket, Step, Dialogue, Version])
def test_the_page_has_each_key(of: type[msgspec.Struct]) -> None:
    keys = [field.encode_name for field in msgspec.structs.fields(of)]
    missing = [key for key in keys if not re.search(rf"[`.\[ {{]{key}\b", PAGE)]
    assert missing == []


def test_the_page_has_each_matcher() -> None:
    assert [one for one in MATCHERS if f'"{one}"' not in PAGE] == []


def test_the_example_of_the_page_has_no_problem(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    (tmp_path / "proto").mkdir()
    (tmp_path / "proto/shop.proto").write_text(PROTO)
    file = tmp_path / "interop.toml"
    file.write_text(re.sub(r"^    ", "", found[1], flags=re.MULTILINE))
    declared = reading.read(file)
    messages = gather.gather(tmp_path / "snapshots", declared.proto_dirs)
    (one,) = scenarios.of(declared, payloads.load(messages.descriptors), messages.defects)
    assert one.name == "collector:total"
