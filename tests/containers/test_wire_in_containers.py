"""Relays before containers as hardened as ever: over tcp at the network's gateway, over ipc in the run's own folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.space import logs_in
from zmq_interop.core.events import LOG
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.report import log, wire_log
from zmq_interop.results.report.log import Log
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.wire import reading
from zmq_interop.wire.items import Frame

CELLS = ("push_pull/tcp/python:python", "push_pull/ipc/python:python")


def played(folder: Path, runtime: str, *, wire: bool) -> Log:
    chosen = Options(patterns=CELLS, peers=("python",), runtime=runtime, wire=wire)
    run = session.Run(chosen, session.prepare(chosen, logs_in(folder)), [], print)
    asyncio.run(run.play())
    assert run.place is not None
    return log.read(run.place.folder / LOG)


def test_the_bytes_between_containers_are_seen(tmp_path: Path) -> None:
    read = played(tmp_path, "container", wire=True)
    assert {id: cell.verdict for id, cell in read.cells.items()} == dict.fromkeys(CELLS, Verdict.PASS)
    for id in CELLS:
        transcript = read.wires[id, False].transcript
        assert (transcript.untapped, transcript.failed) == ([], "")
        (connection,) = transcript.connections
        frames = [item.content for item in reading.items(connection) if isinstance(item, Frame) and item.is_payload]
        assert frames == [b"one", b"", b"\0two\xff", b"end"]
        assert "connection 1" in wire_log.render(read, id)


def test_without_wire_ipc_sockets_stay_in_a_volume(tmp_path: Path) -> None:
    read = played(tmp_path, "container", wire=False)
    assert {cell.verdict for cell in read.cells.values()} == {Verdict.PASS}
    assert read.wires == {}
