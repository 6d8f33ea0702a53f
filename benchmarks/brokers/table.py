"""The report as tables: for a terminal, and in Markdown for the page."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.brokers.results import Loss, Report, Result, Samples

_SPEEDS = ("system", "setting", "p50 us", "p99 us", "x p50", "64 B/s", "x", "1 KiB/s", "x", "64 KiB/s", "x")
_COSTS = (
    "system",
    "setting",
    "server MiB",
    "clients MiB",
    "set-up lines",
    "receiver killed",
    "broker killed",
    "dropped",
)
_SIZES = {64: "64 B", 1024: "1 KiB", 65536: "64 KiB"}


def number(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}" if value < 1 else f"{value:.2f}"


def spread(samples: Samples) -> str:
    """The median, and how far the samples lie apart: "120 (110..140)"."""
    middle = number(statistics.median(samples.values))
    if len(samples.values) == 1:
        return middle
    return f"{middle} ({number(min(samples.values))}..{number(max(samples.values))})"


def ratio(samples: Samples) -> str:
    """The median of the ratios to the reference."""
    return number(statistics.median(samples.ratios))


def speeds(report: Report) -> list[tuple[str, ...]]:
    """Latency and messages a second, row by row, the head first."""
    rows: list[tuple[str, ...]] = [_SPEEDS]
    for one in measured(report):
        fields = [one.title, one.setting, spread(one.p50), spread(one.p99), ratio(one.p50)]
        for speed in one.speeds:
            fields += [spread(speed.rate), ratio(speed.rate)]
        rows.append(tuple(fields))
    return rows


def costs(report: Report) -> list[tuple[str, ...]]:
    """Memory, lines and losses, row by row, the head first."""
    return [_COSTS, *(_cost(one) for one in measured(report))]


def _cost(one: Result) -> tuple[str, ...]:
    dropped = [f"{speed.lost:,} of {speed.sent:,} ({_SIZES[speed.size]})" for speed in one.speeds if speed.lost]
    return (
        one.title,
        one.setting,
        number(one.server_memory) if one.server else "-",
        number(one.client_memory),
        f"{one.lines.code} + {one.lines.configuration}",
        _loss(one.receiver_killed),
        _loss(one.broker_killed),
        ", ".join(dropped) or "-",
    )


def _loss(loss: Loss | None) -> str:
    if loss is None:
        return "-"
    if loss.reason:
        return f"not told: {loss.reason}"
    return f"{loss.lost:,} lost, {loss.twice:,} twice"


def measured(report: Report) -> list[Result]:
    """The rows that have figures."""
    return [one for one in report.results if not one.reason]


def notes(report: Report) -> list[str]:
    """What the rows mean, which versions were measured, and what is missing and why."""
    found = [f"{one.title}, {one.setting}: {one.what}{_versions(one)}" for one in measured(report)]
    found += [
        f"{one.title}, {one.setting}: {one.again} errors, and sent again" for one in measured(report) if one.again
    ]
    found += [f"{one.title}, {one.setting}: not measured: {one.reason}" for one in report.results if one.reason]
    found += [f"{name}: left out: {reason}" for name, reason in report.left_out.items()]
    return found


def _versions(one: Result) -> str:
    client = ", ".join(f"{name} {version}" for name, version in one.versions.items())
    return f" ({', '.join(filter(None, (one.server, client)))})"


def lines(report: Report) -> list[str]:
    """All of it for a terminal."""
    killed = max((one.receiver_killed.sent for one in report.results if one.receiver_killed), default=0)
    return [
        "Latency one way at 64 bytes, and messages a second; x: to ZeroMQ tcp, PUSH to PULL, measured beside it",
        "",
        *_aligned(speeds(report)),
        "",
        f"Memory (PSS); lines of client code + configuration; what a kill -9 does to {killed:,} messages",
        "",
        *_aligned(costs(report)),
        "",
        *notes(report),
        f"{report.machine}; median{' and spread' if report.repeats > 1 else ''} of {report.repeats}"
        + (" (--quick: do not quote these figures)" if report.quick else ""),
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(fields[column]) for fields in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(word.ljust(width) for word, width in zip(fields, widths, strict=True)).rstrip() for fields in rows
    ]


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """The same as a table of Markdown."""
    head, *others = rows
    return [f"| {' | '.join(fields)} |" for fields in (head, ["---"] * len(head), *others)]
