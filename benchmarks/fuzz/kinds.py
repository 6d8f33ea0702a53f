"""The kinds of input: how each is made, and what reads it. A reader has one contract: a value, or its own error."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from xml.dom import minidom

import msgspec

from benchmarks.fuzz import frames, typed, wire
from benchmarks.fuzz.mutate import Texts
from zmq_interop import scenarios
from zmq_interop.core import events
from zmq_interop.core.frames import Typed
from zmq_interop.core.peer import NAME, Build, Claims, Launch, Manifest, Need
from zmq_interop.core.verdicts import Account, Kind, Verdict
from zmq_interop.peers import manifest
from zmq_interop.results import ledger
from zmq_interop.results.ledger import editing, findings
from zmq_interop.results.ledger.entry import Circumstances
from zmq_interop.results.ledger.findings import Evidence
from zmq_interop.results.ledger.subject import Every, of_event
from zmq_interop.results.report import (
    badge,
    badge_endpoint,
    cell_log,
    json_summary,
    junit,
    markdown,
    page,
    reading,
    summary,
)
from zmq_interop.schemas import payloads, project, sample_files, samples
from zmq_interop.schemas.sample_files import Flaw
from zmq_interop.system.errors import LogError, UsageError
from zmq_interop.system.paths import LEDGER, PEERS, PROTO

CELL = "push_pull/tcp/c:go"
NOW = Circumstances(
    runtimes={"c": "process", "go": "process"}, libraries={"c": {"libzmq": "4.3.5"}, "go": {"libzmq": "4.3.4"}}
)


class Fuzzed(msgspec.Struct, frozen=True, kw_only=True):
    """One kind. make: the next input. read: takes it; whatever it raises is a find."""

    make: Callable[[Random], bytes]
    read: Callable[[bytes], object]


def kinds(scratch: Path) -> dict[str, Callable[[], Fuzzed]]:
    """Name -> what makes the kind. scratch: an empty folder for inputs that are read from a file."""
    return {
        "frames": _frames,
        "typed": lambda: _typed(scratch),
        "manifests": _manifests,
        "ledgers": lambda: _ledgers(scratch / "known-failures.toml"),
        "events": lambda: _events(scratch / "events.jsonl"),
        "samples": lambda: _samples(scratch / "fuzz.samples.yaml"),
        "wire": lambda: Fuzzed(make=wire.make, read=wire.read),
    }


def _frames() -> Fuzzed:
    peer, digest = manifest.load(PEERS / "c"), project.scan().digest
    return Fuzzed(make=frames.Streams(frames.seeds(peer, digest)), read=frames.Reader(peer, digest))


def _typed(scratch: Path) -> Fuzzed:
    types = typed.compiled(scratch)
    return Fuzzed(make=typed.Answers(types), read=typed.Reader(scratch / "typed.binpb"))


def _manifests() -> Fuzzed:
    texts = [path.read_bytes() for path in sorted(PEERS.glob("*/peer.toml"))]
    small = re.sub(rb"(?m)^(options|abilities|operations) = .*\n", b"", b"\n".join(texts[0].splitlines()[:3]))
    small += b'\n[run]\ncommand = ["build/agent"]\n[claims]\nlanes = 4\nsocket_types = ["PUSH"]\ntransports = ["tcp"]\n'
    words = [field.encode() for kind in _STRUCTS for field in kind.__struct_fields__]

    def read(data: bytes) -> None:
        found = re.search(rb'(?m)^name = "([a-z][a-z0-9-]*)"', data)  # its folder has its name, mostly
        try:
            parsed = manifest.parse(data, folder=found[1].decode() if found else "c")
        except ValueError as error:
            str(error)
            return
        if not NAME.fullmatch(parsed.name):
            raise AssertionError("a name that cannot stand in an id")

    return Fuzzed(make=Texts([small, small, small, *texts], words), read=read)


_STRUCTS = (Manifest, Need, Build, Launch, Claims)


def _ledgers(path: Path) -> Fuzzed:
    entries = [b"[[failure]]" + part for part in LEDGER.read_bytes().split(b"[[failure]]")[1:]]
    entries.sort(key=len)
    full = b"""[[failure]]
cells = ["push_pull/*/c:go", "req_rep"]
kind = ["lost", "refused"]
reason = "a race"
url = "docs/findings.md"
flaky = "7 of 500"
where = { pusher = "libzmq >=4.3,<4.4" }
except = ["*/inproc/*"]
runtime = "process"
expires = 2999-12-31

[[failure]]
when = [
    { scenario = ["push_pull", "req_rep"], binder = "puller", puller = { not = "go" } },
    { scenario = "pub_sub", publisher = "c" },
]
unless = { transport = ["ipc", "inproc"] }
kind = "lost"
reason = "another"
"""
    every = Every(scenarios.declared(), ("c", "go"))
    words = [kind.encode() for kind in Kind]
    words += b"cells except when unless scenario not kind reason url flaky where runtime expires".split()
    words += b"container == ~= != >".split()
    cells = [
        events.CellJudged(
            id=f"push_pull/tcp/{one}:{other}",
            scenario="push_pull",
            transport="tcp",
            binder="puller",
            roles={"pusher": one, "puller": other},
            verdict=verdict,
            kind=kind,
        )
        for one, other, verdict, kind in (("go", "c", Verdict.PASS, None), ("c", "go", Verdict.FAIL, Kind.LOST))
    ]

    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read = ledger.load([path], default=False)
        except UsageError as error:
            str(error)
            return
        evidence = Evidence()
        for cell in cells:
            entry = read.covering(meant := of_event(cell), NOW)
            evidence.add(meant, read.judge(cell, entry).verdict, entry)
        found = findings.find(read, every, evidence).problems
        findings.overlapping(read, [of_event(cell) for cell in cells])
        editing.apply(path.read_text(encoding="utf-8"), read, found)
        ledger.Ledger.about.cache_clear()  # a run has one ledger, which the cache keeps

    return Fuzzed(make=Texts([full, full, b"", *entries[:20]], words), read=read)


def _events(path: Path) -> Fuzzed:
    operation = events.Operation(at=1, took=2, instance="c-1", lane=0, call="open", asked="1 PUSH", answered="done")
    cell = events.CellJudged(
        id=CELL,
        scenario="push_pull",
        transport="tcp",
        binder="puller",
        roles={"pusher": "c", "puller": "go"},
        verdict=Verdict.FAIL,
        kind=Kind.LOST,
        expected="a",
        got="b",
        values={"x": "y"},
        operations=[operation],
        instances={"pusher": "c-1"},
        stderr={"c-1": "\x1b[2J"},
    )
    log: Sequence[msgspec.Struct] = (
        events.RunStarted(
            version=events.VERSION,
            id="r",
            started="2026-11-23T18:00:00.000+00:00",
            harness="1",
            command=["run"],
            runtimes={"c": "process"},
            why="no engine",
            jobs=16,
            limit=10,
            proto_digest="d",
            machine="Linux",
            again=["--runtime", "process"],
            shard="1/3",
        ),
        events.Planned(
            cells=[CELL],
            places=[3],
            whole=9,
            scenarios={
                "push_pull": events.ScenarioText(family="core", doc="It arrives.", sockets={"pusher": ["PUSH"]})
            },
        ),
        events.PeerSeen(name="c", runtime="process", language="C", libraries={"libzmq": "4.3.5"}, lanes=4),
        events.PeerLost(name="go", reason="it does not start", hint="see", detail="x"),
        events.Incident(instance="c-1", reason="it died", ended="exited with 1", cells=[CELL], stderr="oops"),
        cell,
        events.Replayed(id=CELL, verdict=Verdict.PASS),
        events.RunEnded(account=Account(planned=1, fail=1), seconds=1, exit_code=1, problems=["p"]),
    )
    lines = [msgspec.json.encode(event) + b"\n" for event in log]
    words = [f'"{field}"'.encode() for event in log for field in event.__struct_fields__]

    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            report = reading.read_logs([path])
        except LogError as error:
            str(error)
            return
        steering = [line for line in summary.lines(report) if not line.isprintable()]
        if steering:
            raise AssertionError(f"a line that steers the terminal: {steering[0]!r}")
        minidom.parseString(junit.render(report))
        for one in (json_summary, markdown, page, badge, badge_endpoint):
            one.render(report)
        for cell in report.cells:
            cell_log.render(cell)
            cell_log.file_name(cell.id)

    return Fuzzed(make=Texts([b"".join(lines)], words), read=read)


def _samples(path: Path) -> Fuzzed:
    texts = [found.read_bytes() for found in sorted((PROTO / project.OWN).rglob("*.samples.yaml"))]
    texts.append(
        b'- type: interop.payload.v1.DataMessage\n  name: a\n  value: {content: "x", timestamp: 1}\n  hex: 0a0178\n'
    )
    types = payloads.of_project()
    words = [name.encode() for name in types.files]

    def read(data: bytes) -> None:
        path.write_bytes(data)
        with contextlib.suppress(Flaw):
            for _, sample in sample_files.read(path, samples.LIMITS.file):
                if not isinstance(sample, Flaw) and sample.type in types.files:
                    with contextlib.suppress(Flaw):
                        own = samples.value(sample, types)
                        payloads.show(Typed(own.type, own.value))

    return Fuzzed(make=Texts([*texts, texts[-1], texts[-1]], words), read=read)
