"""`interop bench brokers` with a real server, D-Bus, beside ZeroMQ; and what is left of it when it is killed."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest

from benchmarks.brokers import command
from benchmarks.brokers.results import SIZES, Result
from benchmarks.brokers.turns import Effort
from benchmarks.traces import Traces
from tests.space import HERE
from zmq_interop.system import scratch
from zmq_interop.system.errors import Exit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and processes are found through /proc")
DISK = HERE.folder / "brokers"
SMALLEST = Effort(repeats=1, seconds=0.01, letters=20, killed=100, silence=0.5)


def test_each_row_has_its_figures_and_what_is_confirmed_is_not_lost() -> None:
    found = command.Progress()
    asyncio.run(command.measure_all(HERE, command.choose(["dbus"]), SMALLEST, found))
    assert found.left_out == {}
    rows = {(row.system, row.setting): row for row in found.results}
    assert [row.reason for row in rows.values()] == [""] * 4
    for row in rows.values():
        _has_figures(row)
    for system in ("zeromq-tcp", "dbus"):
        killed = rows[system, "confirmed"].receiver_killed
        assert killed is not None
        assert (killed.reason, killed.sent, killed.lost) == ("", SMALLEST.killed, 0)
    broker = rows["dbus", "confirmed"].broker_killed
    assert broker is not None
    assert (broker.reason, broker.lost) == ("", 0)
    assert rows["zeromq-tcp", "quickest"].broker_killed is None, "it has no broker"


def _has_figures(row: Result) -> None:
    assert 0 < row.p50.values[0] <= row.p99.values[0]
    assert [speed.size for speed in row.speeds] == list(SIZES)
    assert all(speed.rate.values[0] > 0 and speed.rate.ratios[0] > 0 for speed in row.speeds)
    assert row.client_memory > 1
    assert (row.server_memory > 1) == (row.system == "dbus")
    assert row.lines.code > 10
    assert "protobuf" in row.versions


@pytest.mark.parametrize(
    ("number", "once"), [(signal.SIGINT, b"benchmarks.brokers.client"), (signal.SIGKILL, b"--nofork")], ids=str
)
def test_a_command_that_is_ended_leaves_nothing(number: signal.Signals, once: bytes, tmp_path: Path) -> None:
    """In the middle of a turn of ZeroMQ; and when the bus is there. once: part of a command that runs by then."""
    traces = Traces(tmp_path)
    process = traces.start("bench", "brokers", "--only", "dbus", "--quick")
    while once not in _commands(traces):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == (Exit.INTERRUPTED if number == signal.SIGINT else -signal.SIGKILL), out + err
    assert traces.settled()
    if number == signal.SIGKILL:
        scratch.sweep()  # as the next command does
        scratch.sweep(DISK)
    assert traces.left() == []
    assert [mark for mark in scratch.marks(DISK) if f"/{process.pid}/" in str(mark.readlink())] == []


def _commands(traces: Traces) -> bytes:
    found = b""
    for pid in traces.processes():
        try:
            found += Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it has ended just now
            continue
    return found
