"""Implements `interop compare`: plays a peer and a variant of it (decision 34)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from zmq_interop.agents import outside, variant
from zmq_interop.agents.variant import Variant
from zmq_interop.cli import run_cmd, variant_hello
from zmq_interop.core import plan
from zmq_interop.core.events import LOG
from zmq_interop.peers import manifest
from zmq_interop.results.report import comparison, difference, layout, reading, terminal
from zmq_interop.results.report.reading import Report
from zmq_interop.run import choice, session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.system.errors import Exit, NothingSelected, PeerBroken, UsageError
from zmq_interop.system.stdio import show
from zmq_interop.system.text import counted
from zmq_interop.system.workspace import Workspace


def main(wanted: str, others: Sequence[str], options: Options, space: Workspace) -> int:
    """Plays both, prints the difference and returns the exit code. wanted: a peer's name, or a value for `--peer`.

    others: the values of `--with`. Raises InteropError.
    """
    named = variant.parse(others)
    name, options = _asked(wanted, options)
    planned = _of_peer(session.prepare(options, space), name)
    options = _runtimes(name, named, options, planned)
    peer = planned.peers[name]
    other = asyncio.run(variant.make(peer, named, space, say=variant_hello.say, install=options.install))
    if named.libraries:
        try:
            runtime = _runtime(name, options, planned)
            other = variant_hello.heard(other, named.libraries, runtime, planned.protos, space, install=options.install)
        except PeerBroken as error:
            said = f"{name} {' '.join(named.words())}: {error.message}"
            raise PeerBroken(name, said, f"{error.hint}\n  or {variant.by_hand(peer)}", error.detail) from None
    before = _played(f"1 of 2: {name} as it is", terminal.Terminal(), options, planned)
    if isinstance(before, int):
        return before
    if unjudged := unjudged_peer(before, name):
        raise unjudged
    again = msgspec.structs.replace(options, compare=("compare", name, *named.words()))
    peers = {**planned.peers, name: other}
    cells = plan.planned((one.cell for one in planned.cells), peers)  # the variant may claim less
    swapped = msgspec.structs.replace(planned, peers=peers, cells=cells)
    after = _played(f"2 of 2: {name} {' '.join(named.words())}", terminal.Terminal(opens=False), again, swapped)
    if isinstance(after, int):
        return after
    if unjudged := unjudged_peer(after, name):
        raise unjudged
    told = difference.compare(before, after)
    show("\n".join(comparison.lines(told, name, colour=terminal.in_colour(), on=layout.page())))
    return told.exit_code


def _asked(wanted: str, options: Options) -> tuple[str, Options]:
    """The peer's name in the plan, and the options of a run in which it plays beside those that were asked for."""
    tree = manifest.discover()
    known = outside.join(tree, options.outside)
    name = wanted
    if wanted not in known and any(sign in wanted for sign in "/.:="):
        one = outside.parse(wanted)
        name = outside.load(one, tree).name
        options = msgspec.structs.replace(options, outside=(*options.outside, one))
        known = outside.join(tree, options.outside)
    manifest.pick(known, [name])[name].require()
    # Select every peer by name: a partial run does not judge the ledger as a whole.
    return name, msgspec.structs.replace(options, peers=tuple({name, *(options.peers or known)}))


def _of_peer(planned: Plan, name: str) -> Plan:
    cells = [one for one in planned.cells if name in one.cell.peers]
    if not cells:
        raise NothingSelected(f"peer {name} takes part in no selected cell", "omit the patterns, or change them")
    left_out = [one for one in planned.excluded if name in one.cell.peers]
    return msgspec.structs.replace(planned, cells=cells, excluded=left_out)


def _runtimes(name: str, named: Variant, options: Options, planned: Plan) -> Options:
    """The options with a runtime that can play both."""
    if not variant.is_process(planned.peers[name], named) or _runtime(name, options, planned) == "process":
        return options
    if options.runtime != "auto":
        raise UsageError(
            f"--runtime {options.runtime}: {' '.join(named.words())} can only run as a process",
            f"use --runtime {name}=process",
        )
    return msgspec.structs.replace(options, runtime=f"{name}=process")


def _runtime(name: str, options: Options, planned: Plan) -> str:
    chosen = choice.choose(options.runtime, planned.peers)
    if chosen.engine is not None:
        chosen.engine.close()
    return chosen.runtimes[name]


def _played(what: str, report: terminal.Terminal, options: Options, planned: Plan) -> Report | int:
    """Plays one of the two runs; returns the exit code alone if it has no report."""
    report.say(f"{what}: {counted(len(planned.cells), 'cell')}")
    one = session.Run(options, planned, [report], report.say)
    code = run_cmd.conduct(one, report)
    if code is not None:
        return code
    assert one.place is not None
    told = reading.read_logs([one.place.folder / LOG])
    if told.incomplete:
        show(f"incomplete: {told.incomplete}")
        return Exit.INTERRUPTED
    return told


def unjudged_peer(report: Report, name: str) -> PeerBroken | None:
    lost = next((one for one in report.lost if one.name == name), None)
    return PeerBroken(name, f"peer {name} cannot be judged: {lost.reason}", lost.hint, lost.detail) if lost else None
