"""Which cells tell apart the peers that a group of red cells may point to, and what they told. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from zmq_interop.results.report import summary
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.reading import Report
from zmq_interop.run.options import Options

MOST_CELLS = 24  # of one explanation: a cell that loses a message waits for it


def undecided(report: Report) -> list[Group]:
    """The red groups that point to several peers, of which nothing that was played tells one."""
    blames = report.blames
    return [one for one in report.groups if (blame := blames.get(one.example.id)) and blame.telling]


def telling(report: Report) -> list[str]:
    """The ids of the cells to play, at most MOST_CELLS: the first of each group, then the second of each, and so on."""
    each = [report.blames[one.example.id].telling for one in undecided(report)]
    ids = (id for turn in itertools.zip_longest(*each) for id in turn if id is not None)
    return list(dict.fromkeys(ids))[:MOST_CELLS]


def options(of: Options, cells: list[str]) -> Options:
    """The options of a run that plays these cells as the run with those options did."""
    return msgspec.structs.replace(
        of,
        patterns=tuple(cells),
        exclude=(),
        roles={},
        require_peers=(),
        shard=None,
        since="",
        budget=None,
        exitfirst=False,
        explain=False,
    )


def lines(before: Report, after: Report) -> Iterator[str]:
    """What was not told before, and is now. before: the report of the run. after: that of both runs."""
    for group in undecided(before):
        yield f"{summary.title(group)}"
        blame = after.blames.get(group.example.id)
        yield f"  blame     {blame.sentence if blame else 'nobody'}"
