"""The worked examples: green as they are; after a change of a field number, red where it matters and nowhere else."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.programs.conftest import played
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.system.paths import ROOT

EXAMPLES = ROOT / "examples/programs"
PROGRAMS = {"telemetry": ("collector:*", "daemon:*"), "thermostat": ("server:*", "panel:*")}
# Field -> its number, and another; and the kind of failure, and what is told, of each dialogue that the change breaks.
CHANGES = {
    "telemetry": (
        ("int64 timestamp = 2", "int64 timestamp = 3"),
        {
            "collector:takes": (Kind.LOST, "a line of the program's log that matches", '| took "21.5 °C" of 0'),
            "daemon:pushes": (
                Kind.ALTERED,
                'DataMessage.timestamp (field 2): "1"; no field 3, which telemetry.v1.DataMessage does not have',
                '"0"; field 3: 1',
            ),
            "daemon:pushes+collector": (
                Kind.ALTERED,
                "daemon sends on collector and collector takes on readings: telemetry.v1.DataMessage: no field 3",
                "from daemon: field 3: 1",
            ),
        },
    ),
    "thermostat": (
        ("double target = 2", "double target = 4"),
        {
            "server:publishes": (
                Kind.ALTERED,
                "thermostat.State.target (field 2): 19.0, as $set.celsius; no field 4",
                "0.0; field 4: ",
            ),
            "panel:shows": (Kind.LOST, "a line of the program's log", "no such line"),
            "panel:shows+server": (
                Kind.ALTERED,
                "with topic 'hall': thermostat.State.target (field 2): 20.0; no field 4, which thermostat.State does",
                "0.0; field 4: ",
            ),
        },
    ),
}


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python3` of the examples is the one that has pyzmq and protobuf."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def _cells(name: str, folder: Path, proto: str = "../proto") -> dict[str, CellJudged]:
    """The cells of an example, in a copy of it. proto: what its programs are built from."""
    config = folder / name / "interop.toml"
    config.write_text(config.read_text().replace("../proto", proto))
    found = played(folder, config, *PROGRAMS[name])
    return {"/".join(id.split("/")[:2]): cell for id, cell in found.items()}


def _copy(name: str, folder: Path) -> Path:
    return shutil.copytree(EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns("build", "pb"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_is_green_and_red_only_where_a_changed_field_number_matters(name: str, tmp_path: Path) -> None:
    copy = _copy(name, tmp_path)
    told = {
        id: (cell.reason, cell.got) for id, cell in _cells(name, tmp_path).items() if cell.verdict is not Verdict.PASS
    }
    assert told == {}
    (was, now), breaks = CHANGES[name]
    shutil.copytree(copy / "proto", copy / "changed")
    (proto,) = (copy / "changed").rglob("*.proto")
    assert was in proto.read_text()
    proto.write_text(proto.read_text().replace(was, now))
    for folder in copy.glob("*/build"):
        shutil.rmtree(folder)
    config = copy / "interop.toml"
    config.write_text(
        config.read_text()
        .replace('{ log = "^hall: 20', '{ within = "2s", log = "^hall: 20')
        .replace("{ log = '^took \"21", '{ within = "2s", log = \'^took "21')
    )
    cells = _cells(name, tmp_path, "../changed")
    assert {id.partition("/")[0] for id, cell in cells.items() if cell.verdict is not Verdict.PASS} == set(breaks)
    for dialogue, (kind, expected, got) in breaks.items():
        for transport in ("tcp", "ipc"):
            cell = cells[f"{dialogue}/{transport}"]
            assert (cell.verdict, cell.kind) == (Verdict.FAIL, kind), (cell.reason, cell.got)
            assert expected in cell.expected
            assert got in cell.got
