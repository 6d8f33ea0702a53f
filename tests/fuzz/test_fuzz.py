"""The parsers of what others wrote, and the fuzzing of them: found cases, a short run, and that a find is found."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.fuzz import main
from benchmarks.fuzz.child import Order, Place, State, data_of, fault
from benchmarks.fuzz.kinds import Fuzzed, kinds
from tests.space import HERE
from zmq_interop.schemas import project
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

CORPUS = Path(__file__).with_name("corpus")
FEW = 300


@pytest.fixture(scope="module", params=["frames", "typed", "manifests", "ledgers", "events", "samples", "wire"])
def name(request: pytest.FixtureRequest) -> str:
    project.generate(HERE)
    return str(request.param)


@pytest.fixture(scope="module")
def kind(name: str, tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    return kinds(tmp_path_factory.mktemp("fuzz"))[name]()


def test_every_kind_is_tested(tmp_path: Path) -> None:
    assert sorted(kinds(tmp_path)) == sorted(path.name for path in CORPUS.iterdir())


def test_what_was_found_stays_mended(name: str, kind: Fuzzed) -> None:
    async def read() -> dict[str, str]:
        found = {path.name: fault(kind, path.read_bytes()) for path in sorted((CORPUS / name).iterdir())}
        return {path: why for path, why in found.items() if why}

    assert asyncio.run(read()) == {}


def test_a_few_inputs_are_read(kind: Fuzzed) -> None:
    async def read() -> list[str]:
        return [why for number in range(FEW) if (why := fault(kind, data_of(kind, 7, number)))]

    assert asyncio.run(read()) == []


def test_a_seed_gives_the_same_inputs_and_they_differ(kind: Fuzzed) -> None:
    first = [data_of(kind, 7, number) for number in range(FEW)]
    assert first == [data_of(kind, 7, number) for number in range(FEW)]
    assert len(set(first)) > FEW // 2
    assert first != [data_of(kind, 8, number) for number in range(FEW)]


BROKEN = """
import sys
from benchmarks.fuzz import child, kinds

def wrong(data):
    number = int(data)
    if number == 40:
        {deed}

kinds.kinds = child.kinds = lambda _: {{"wrong": lambda: kinds.Fuzzed(make=make, read=wrong)}}
make = lambda random: b"0"
child.data_of = lambda kind, seed, number: b"%d" % number
import asyncio, msgspec
child._tell(asyncio.run(child.read(msgspec.json.decode(sys.argv[1], type=child.Order))))
"""


@pytest.mark.parametrize(
    ("deed", "says", "status"),
    [
        ("raise IndexError('off by one')", "off by one", 0),
        ("bytes(3 << 30)", "MemoryError", 0),
        ("bytearray(100 << 20)[::4096] = bytes(25600)", "KiB more", 0),
        ("sys.setrecursionlimit(500)\n        (lambda f: f(f))(lambda f: f(f))", "RecursionError", 0),
        ("import os; os.abort()", "", -6),
        ("child.signal.setitimer(child.signal.ITIMER_PROF, 0.01)\n        while True: pass", "", -27),
    ],
    ids=["exception", "memory error", "growth", "recursion", "abort", "hang"],
)
def test_a_find_is_found(deed: str, says: str, status: int, tmp_path: Path) -> None:
    order = Order(kind="wrong", seed=1, first=0, end=100, step=1, place=str(tmp_path / "place"))
    done = subprocess.run(
        [sys.executable, "-c", BROKEN.format(deed=deed), msgspec.json.encode(order).decode()],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert Place(tmp_path / "place").get() == 40
    if status == 0:
        state = msgspec.json.decode(done.stdout.splitlines()[-1], type=State)
        assert says in state.find


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(50, 3, ["manifests"], HERE) == Exit.OK
    said = capsys.readouterr().out
    assert "bench fuzz 50 --seed 3" in said
    assert "manifests: 50 inputs of seed 3, 0 finds" in said
