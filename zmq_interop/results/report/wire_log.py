"""What relays saw of one cell, as text."""

from __future__ import annotations

import datetime
from pathlib import Path

from zmq_interop.core.events import Wire
from zmq_interop.core.transcript import CONNECTOR
from zmq_interop.results.report import wire_words
from zmq_interop.results.report.log import Log
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.text import fenced
from zmq_interop.wire import comparing, pcapng, text

BENT = ("relay", "toxic")  # who did what, in the log of a cell whose bytes the scenario bends


def of_cell(log: Log, cell: str) -> Wire:
    """The transcript of a cell: of the play with its verdict, or of the replay. Raises UsageError if it has none."""
    if (wire := log.wire(cell)) is None:
        raise UsageError(
            f"no bytes of {cell} were kept in the run {log.path.parent.name}",
            f"play it through relays: {home.COMMAND} run {cell} --wire",
        )
    return wire


def render(log: Log, cell: str) -> str:
    """The whole transcript of a cell as text. Raises UsageError if the log has none."""
    wire = of_cell(log, cell)
    judged = log.cells[cell]
    lines = [f"{cell}: {wire_words.outcome(judged)}"]
    told = (("expected", judged.expected), ("got", judged.got), ("reason", judged.reason))
    lines += [f"{name}: {said}" for name, said in told if said]
    if wire.replay:
        lines.append(wire_words.replayed(judged, wire))
    operations = wire.operations if wire.replay else judged.operations
    bent = [one.asked for one in operations if (one.instance, one.call) == BENT]
    lines += [f"between the sockets: a relay that bends what they say: {asked}" for asked in bent]
    lines += text.render(wire.transcript, judged.roles)
    return "\n".join(one for line in lines for one in fenced(line)) + "\n"


def compare(log: Log, cell: str, other_log: Log, other: str) -> str:
    """The transcript of a cell, with the first bytes marked that differ from those of another cell's.

    Raises UsageError if a log has no transcript.
    """
    one, against = of_cell(log, cell).transcript, of_cell(other_log, other).transcript
    differences = comparing.first(one, against)
    lines = [f"{cell} against {other}"]
    if not differences:
        lines.append("the wires do not differ")
    marks = {}
    for each in differences:
        connection = one.connections[each.connection]
        role = connection.connector if each.side == CONNECTOR else connection.binder
        told = f"byte {each.offset} of {role} ({log.cells[cell].roles.get(role, '?')}): {each.here}"
        there = f"{other_log.cells[other].roles.get(role, '?')} has {each.there}"
        lines.append(f"first difference in connection {each.connection + 1}: {told}; {there}")
        marks[each.connection, each.side, each.item] = f"byte {each.offset} is the first that differs: {there}"
    lines.append(f"not compared: {'; '.join(comparing.IGNORED)}")
    lines += ["", *text.render(one, log.cells[cell].roles, marks)]
    return "\n".join(part for line in lines for part in fenced(line)) + "\n"


def write_pcapng(log: Log, cell: str, path: Path) -> None:
    """Writes the transcript of a cell for Wireshark. Raises UsageError if it has none, or if that fails."""
    wire = of_cell(log, cell)
    began = wire.at if wire.replay else log.cells[cell].at
    started = datetime.datetime.fromisoformat(log.started.started).timestamp() if log.started else 0.0
    try:
        path.write_bytes(pcapng.write(wire.transcript, cell, round((started + began) * 1e6)))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "give a path that you may write to") from None
