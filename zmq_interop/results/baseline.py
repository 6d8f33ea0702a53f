"""The baseline: how much a full run tests, under version control, so that testing less is red.

Its counts depend only on the scenarios and the peers' claims, so they are the same on every machine; host capabilities
do not affect them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.plan import PlannedCell
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import BASELINE

COMMAND = f"`{home.COMMAND} baseline`"
_TOP = "# The least that a full run must test (docs/ledger.md). `./interop baseline` writes this file.\n"
_PEERS = "\n# For each peer, the number of cells that need something it does not claim.\n[peers]\n"


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """scenarios, cells: how many are planned. unsupported: for how many a peer lacks a claim. peers: each's share."""

    scenarios: int
    cells: int
    unsupported: int
    peers: dict[str, int]

    def __str__(self) -> str:
        top = f"scenarios = {self.scenarios}\ncells = {self.cells}\nunsupported = {self.unsupported}\n"
        return f"{_TOP}{top}{_PEERS}" + "".join(f"{name} = {count}\n" for name, count in sorted(self.peers.items()))


def load(path: Path) -> Baseline | None:
    """Reads the baseline; None if there is none. Raises UsageError if it is invalid."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Baseline)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "the baseline must be a readable file") from None
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", f"recreate it with {COMMAND}") from None


def measure(planned: Sequence[PlannedCell], peers: Iterable[str]) -> Baseline:
    """What a plan tests. peers: the names of those that take part."""
    lacking = [{missing.peer for missing in one.unclaimed} for one in planned]
    return Baseline(
        scenarios=len({one.cell.scenario.name for one in planned}),
        cells=len(planned),
        unsupported=sum(map(bool, lacking)),
        peers={name: sum(name in some for some in lacking) for name in peers},
    )


def less(now: Baseline, baseline: Baseline, *, alike: bool) -> Iterator[str]:
    """Where `now` tests less, each in a few words. alike: both are of default runs of the project's own messages."""
    for name in sorted(set(baseline.peers) - set(now.peers)):
        yield f"the peer {name} is gone"
    if now.scenarios < baseline.scenarios:
        yield f"{now.scenarios} scenarios instead of {baseline.scenarios}"
    if not alike or set(now.peers) != set(baseline.peers):
        return  # which cells are planned depends on which peers take part
    if now.cells < baseline.cells:
        yield f"{now.cells} cells instead of {baseline.cells}"
    if now.unsupported > baseline.unsupported:
        told = f"{now.unsupported} cells for which a peer lacks a claim instead of {baseline.unsupported}"
        grown = [name for name, count in sorted(now.peers.items()) if count > baseline.peers[name]]
        yield f"{told} ({', '.join(f'{name} {baseline.peers[name]} -> {now.peers[name]}' for name in grown)})"


def compare(now: Baseline, baseline: Baseline, *, alike: bool) -> tuple[list[str], list[str]]:
    """What fails a whole run, and what is to be known of it. alike: as for `less`."""
    problems = [
        f"the run tests less than {BASELINE.name} requires: {what}; if that is intended, run {COMMAND}"
        for what in less(now, baseline, alike=alike)
    ]
    more = [] if problems else list(less(baseline, now, alike=alike))
    return problems, [
        f"the run tests more than {BASELINE.name} requires; to record that, run {COMMAND}"
    ] if more else []


def difference(now: Baseline, before: Baseline | None) -> list[str]:
    """What writing `now` changes, line by line; none where nothing does."""
    old = (str(before) if before else "").splitlines()
    new = str(now).splitlines()
    return [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]
