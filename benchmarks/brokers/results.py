"""What was measured, as frozen values: the JSON of `interop bench brokers --json` is these."""

from __future__ import annotations

import msgspec

SIZES = (64, 1024, 65536)


class Samples(msgspec.Struct, frozen=True):
    """Figures of several turns. ratios: each to the reference's turn just before it."""

    values: tuple[float, ...]
    ratios: tuple[float, ...]


class Speed(msgspec.Struct, frozen=True):
    """Messages a second of one size. sent, lost: over all turns; what a system drops when its sender is quicker."""

    size: int
    rate: Samples
    sent: int
    lost: int


class Loss(msgspec.Struct, frozen=True):
    """What a kill -9 did to messages. reason: why it could not be told, "" where it could."""

    sent: int = 0
    lost: int = 0
    twice: int = 0
    reason: str = ""


class Lines(msgspec.Struct, frozen=True):
    """What it takes to set up: lines of client code, and of configuration."""

    code: int
    configuration: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One system in one setting. p50, p99: latency one way in microseconds. server_memory, client_memory: MiB
    (PSS) of the server, and of both clients, after the last turn. again: how often a sender met an error without a
    kill, and sent again. reason: why it was not measured, "" where it was."""

    system: str
    title: str
    setting: str
    what: str
    versions: dict[str, str] = {}
    server: str = ""
    lines: Lines = Lines(0, 0)
    p50: Samples = Samples((), ())
    p99: Samples = Samples((), ())
    speeds: tuple[Speed, ...] = ()
    server_memory: float = 0.0
    client_memory: float = 0.0
    again: int = 0
    receiver_killed: Loss | None = None
    broker_killed: Loss | None = None
    reason: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the command. left_out: systems that were not had, with the reason."""

    machine: str
    quick: bool
    repeats: int
    results: tuple[Result, ...]
    left_out: dict[str, str] = {}
