"""Each monitor event is left out or told twice; all have another endpoint or value."""

from __future__ import annotations

from functools import partial
from typing import Any

import lane
from monitor import Monitor

from tests.mutants.mutant import Mutant

# Those that libzmq 4.3 reports (zmq_socket_monitor(3)), without what no partner can bring about: failures of bind,
# accept and close, and retries of which there are any number.
EVENTS = (
    "CONNECTED", "CONNECT_DELAYED", "LISTENING", "ACCEPTED", "CLOSED", "DISCONNECTED", "HANDSHAKE_SUCCEEDED",
    "HANDSHAKE_FAILED_PROTOCOL", "HANDSHAKE_FAILED_AUTH",
)  # fmt: skip


def mutants() -> dict[str, Mutant]:
    """Those of monitor events, by name."""
    about = "operation receive_event"
    made = {f"no-{name}": Mutant("left-out event", about, install=partial(_leaving_out, name)) for name in EVENTS}
    made["event-endpoint"] = Mutant("wrong event", about, install=partial(_changing, "endpoint", ""))
    made["event-value"] = Mutant("wrong event", about, install=partial(_changing, "value", 4_000_000))
    return made


def _leaving_out(name: str) -> None:
    class MutantMonitor(Monitor):
        def take(self) -> Any:
            while (event := super().take()).name == name:
                pass
            return event

    lane.Monitor = MutantMonitor  # type: ignore[attr-defined]


def _changing(field: str, value: object) -> None:
    class MutantMonitor(Monitor):
        def take(self) -> Any:
            event = super().take()
            setattr(event, field, value)
            return event

    lane.Monitor = MutantMonitor  # type: ignore[attr-defined]
