"""The report as plots: SVG for pages in light and dark."""

from __future__ import annotations

import html
import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.brokers.results import Report, Result
from benchmarks.brokers.table import measured, number

_WIDTH, _LEFT, _RIGHT, _LINE, _TOP, _BOTTOM = 760, 200, 60, 24, 48, 34
_STYLE = """\
.paper { fill: #ffffff }
text { font: 13px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600; font-size: 15px }
.axis { fill: #57606a; font-size: 11px }
.grid { stroke: #d0d7de }
.quickest { fill: #0969da }
.safe { fill: #bc4c00 }
.spread { stroke: #24292f; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117 }
  text { fill: #e6edf3 }
  .axis { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .quickest { fill: #4493f8 }
  .safe { fill: #f0883e }
  .spread { stroke: #e6edf3 }
}
"""


class Bar(NamedTuple):
    """One row of a plot. values: of all turns."""

    label: str
    quickest: bool
    values: tuple[float, ...]


def render(report: Report) -> dict[str, str]:
    """Files of a plot each: name -> SVG. What no row has a figure for is no plot."""
    rows = measured(report)
    plots = {
        "latency": ("Latency one way, p50, microseconds (less is better)", [_bar(one, one.p50.values) for one in rows])
    }
    for name, size in (("64", 64), ("1k", 1024), ("64k", 65536)):
        bars = [_bar(one, speed.rate.values) for one in rows for speed in one.speeds if speed.size == size]
        plots[f"speed-{name}"] = (f"Messages a second of {size:,} bytes (more is better)", bars)
    memory = [_bar(one, (one.server_memory + one.client_memory,)) for one in rows]
    plots["memory"] = ("Memory of server and clients, MiB (less is better)", memory)
    return {f"brokers-{name}.svg": _plot(title, bars) for name, (title, bars) in plots.items() if bars}


def _bar(one: Result, values: tuple[float, ...]) -> Bar:
    return Bar(f"{one.title}, {one.setting}", one.setting == "quickest", values)


def decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that enclose these values, which are above 0; at least one decade."""
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def _power(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def _plot(title: str, bars: Sequence[Bar]) -> str:
    low, high = decades([value for bar in bars for value in bar.values])
    height = _TOP + _LINE * len(bars) + _BOTTOM

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log10(value) - low) / (high - low)

    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f"<style>\n{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        f'<text class="head" x="8" y="20">{html.escape(title)}</text>',
        '<rect class="quickest" x="8" y="29" width="10" height="10"/><text class="axis" x="22" y="38">quickest</text>',
        '<rect class="safe" x="82" y="29" width="10" height="10"/>',
        '<text class="axis" x="96" y="38">confirmed or durable; the line is the spread; logarithmic</text>',
    ]
    bottom = height - _BOTTOM
    for power in range(low, high + 1):
        at = x(10.0**power)
        shapes.append(f'<line class="grid" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{bottom}"/>')
        shapes.append(f'<text class="axis" text-anchor="middle" x="{at:.1f}" y="{bottom + 16}">{_power(power)}</text>')
    for index, bar in enumerate(bars):
        y = _TOP + _LINE * index + 4
        middle, least, most = statistics.median(bar.values), min(bar.values), max(bar.values)
        kind = "quickest" if bar.quickest else "safe"
        shapes += [
            f'<text text-anchor="end" x="{_LEFT - 8}" y="{y + 12}">{html.escape(bar.label)}</text>',
            f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{max(1.0, x(middle) - _LEFT):.1f}" height="16"/>',
            f'<line class="spread" x1="{x(least):.1f}" y1="{y + 8}" x2="{x(most):.1f}" y2="{y + 8}"/>',
            f'<text class="axis" x="{x(most) + 6:.1f}" y="{y + 12}">{number(middle)}</text>',
        ]
    return "\n".join([*shapes, "</svg>", ""])
