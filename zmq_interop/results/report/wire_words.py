"""What is said about a play through relays, in words."""

from __future__ import annotations

from zmq_interop.core.events import CellJudged, Wire
from zmq_interop.core.verdicts import Verdict
from zmq_interop.system import home


def outcome(one: CellJudged | Wire) -> str:
    """The verdict, and the kind of failure: "fail (lost)"."""
    return f"{one.verdict}{f' ({one.kind})' if one.kind else ''}"


def replayed(judged: CellJudged, wire: Wire) -> str:
    """How the replay of a failed cell went, in one sentence."""
    if wire.verdict is Verdict.PASS:
        return "the replay through relays passed"
    if wire.verdict is Verdict.FAIL and wire.kind == judged.kind:
        return "the replay through relays failed the same way"
    why = wire.got or wire.reason
    return f"the replay through relays ended differently: {outcome(wire)}{f': {why}' if why else ''}"


def evidence(judged: CellJudged, wire: Wire) -> str:
    """What a report says of a red cell's transcript, and how to see it."""
    seen = f"`{home.COMMAND} log {judged.id} --wire` shows the bytes"
    return f"{replayed(judged, wire)}; {seen}" if wire.replay else seen
