"""Reports for the page to show."""

from __future__ import annotations

from pathlib import Path

from tests.unit import logs
from zmq_interop.core.events import CellJudged, Incident, Operation, PeerLost
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report.reading import Report

PEERS = ("c", "go", "python")
TRANSPORTS = ("tcp", "ipc", "inproc")


def small(folder: Path) -> Report:
    """Every verdict, some of them several times; a peer that is lost, an agent that no cell is to blame for."""
    cells = [
        logs.cell(f"{scenario}/{transport}/{one}:{other}")
        for scenario in ("push_pull", "req_rep")
        for transport in TRANSPORTS
        for one in PEERS
        for other in PEERS
    ]
    cells += [
        logs.failed("pub_sub/tcp/c:go", expected='["one", "two"]', got='["one"]', stderr={"c-1": "a word\n"}),
        logs.failed("pub_sub/ipc/go:python", kind=Kind.ALTERED, expected='["a\\000b"]', got='["a"]'),
        logs.cell("pub_sub/ipc/c:python", Verdict.BROKEN, reason="the agent died", operations=[]),
        logs.cell("pair/tcp/c:c", Verdict.FIXED, kind=Kind.LOST, reason="it passed, but the ledger says otherwise"),
        logs.cell(
            "pair/tcp/go:c",
            Verdict.KNOWN,
            kind=Kind.LOST,
            expected='["one"]',
            got="nothing",
            reason="a known defect",
            url="https://example.org/7",
        ),
        logs.cell("pair/tcp/python:c", Verdict.UNSUPPORTED, reason="python does not claim PAIR", operations=[]),
    ]
    return logs.report(
        folder,
        *(logs.seen(name) for name in PEERS),
        PeerLost(name="rust", reason="its build failed", hint="install cargo", detail="cargo: not found"),
        Incident(instance="go-1", reason="it did not end", ended="was killed", cells=[], stderr="panic\n"),
        *cells,
    )


def many(folder: Path, count: int = 20_000) -> Report:
    """As many cells, each with the operations of a common one; one in a hundred fails."""
    peers = [f"peer-{number}" for number in range(10)]
    cells = [_one_of_many(number, peers) for number in range(count)]
    return logs.report(folder, *(logs.seen(name) for name in peers), *cells)


def _one_of_many(number: int, peers: list[str]) -> CellJudged:
    one, other = peers[number % 10], peers[number // 10 % 10]
    id = f"scenario_{number % 97}/{TRANSPORTS[number % 3]}/value-{number // 100}/{one}:{other}"
    operations = [
        Operation(
            at=1000 * step + number,
            took=400 + number % 89,
            instance=f"{(one, other)[step % 2]}-1",
            lane=number % 30,
            call=("send", "receive")[step % 2],
            asked=f'1 ["{number}", "{step}", ""]',
            answered=f'["{number}", "{step}", ""]' if step % 2 else "done",
        )
        for step in range(30)
    ]
    if number % 100 == 99:
        return logs.failed(id, operations=operations, got=f"only {number}", stderr={f"{one}-1": f"word {number}\n"})
    return logs.cell(id, operations=operations, seconds=0.03)
