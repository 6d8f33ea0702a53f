"""Each option is accepted and ignored; each that is on or off has the other value."""

from __future__ import annotations

from functools import partial

import lane
import zmq
from options import OPTIONS

from tests.mutants.mutant import Mutant

FLAGS = (
    "IMMEDIATE", "IPV6", "CONFLATE", "ROUTER_MANDATORY", "ROUTER_HANDOVER", "PROBE_ROUTER", "REQ_CORRELATE",
    "REQ_RELAXED", "XPUB_VERBOSE", "XPUB_NODROP", "PLAIN_SERVER", "CURVE_SERVER",
)  # fmt: skip


def mutants() -> dict[str, Mutant]:
    """Those of options, by name."""
    settable = [name for name in OPTIONS if name != "LAST_ENDPOINT"]
    made = {
        f"ignore-{name}": Mutant("ignored option", f"option {name}", install=partial(_ignore, name))
        for name in settable
    }
    made |= {
        f"reverse-{name}": Mutant("reversed option", f"option {name}", install=partial(_reverse, name))
        for name in FLAGS
    }
    return made


def _ignore(ignored: str) -> None:
    honest = lane._set

    def set_(socket: zmq.Socket[bytes], setting: object) -> None:
        if setting.name != ignored:  # type: ignore[attr-defined]
            honest(socket, setting)

    lane._set = set_


def _reverse(reversed_: str) -> None:
    honest = lane._set

    def set_(socket: zmq.Socket[bytes], setting: object) -> None:
        if setting.name == reversed_:  # type: ignore[attr-defined]
            setting.value.number = not setting.value.number  # type: ignore[attr-defined]
        honest(socket, setting)

    lane._set = set_
