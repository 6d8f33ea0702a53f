"""What a scenario asks, as the event log has it."""

from __future__ import annotations

from collections.abc import Mapping

from zmq_interop.core.events import ScenarioText
from zmq_interop.core.scenario import Needs, Scenario


def of(one: Scenario) -> ScenarioText:
    """The scenario as the log has it; axis values that open no sockets of their own are left out."""
    return ScenarioText(
        family=one.family,
        doc=one.doc,
        sockets=_sockets(one.roles),
        by_value={
            value: found for axis in one.axes for value, roles in axis.needs.items() if (found := _sockets(roles))
        },
    )


def _sockets(roles: Mapping[str, Needs]) -> dict[str, list[str]]:
    return {role: list(needs.sockets) for role, needs in roles.items() if needs.sockets}
