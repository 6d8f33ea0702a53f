"""The scenarios: each file is a family of the catalogue. Importing a family registers its scenarios."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

import msgspec

from zmq_interop.core.scenario import REGISTRY, Scenario
from zmq_interop.schemas import samples

FAMILIES = (
    "exchange",
    "multipart",
    "lanes",
    "counted",
    "flow",
    "pending",
    "balance",
    "subscriptions",
    "publisher_options",
    "topologies",
    "protobuf",
    "scalars",
    "collections",
    "evolution",
    "bad_payloads",
    "own_schemas",
    "options",
    "connections",
    "reconnection",
    "monitoring",
    "routing",
    "addressing",
    "zmtp_greeting",
    "zmtp_handshake",
    "zmtp_mechanisms",
    "zmtp_traffic",
    "zmtp_subscriptions",
    "endpoints",
    "stream_sockets",
    "faults",
    "faults_ends",
    "heartbeats",
    "security",
    "zap",
)
OWN_SCHEMAS = "own_schemas"


def load(messages: Mapping[str, object] | None = None) -> tuple[Scenario, ...]:
    """Every scenario, family by family, in the order in which the files declare them.

    messages: what own_schemas plays (zmq_interop/schemas/samples.py); left out: the project's own messages.
    """
    played = dict(samples.of_project() if messages is None else messages)
    return tuple(_playing(one, played) if one.name == OWN_SCHEMAS else one for one in declared())


def declared() -> list[Scenario]:
    """Every scenario as its file declares it, in the order of `load`: own_schemas has no message yet."""
    _import_families()
    # Whoever imported one family before has not changed the order.
    return sorted(REGISTRY.values(), key=lambda one: FAMILIES.index(one.family))


@functools.cache
def _import_families() -> None:
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.families.{family}")


def _playing(one: Scenario, messages: dict[str, object]) -> Scenario:
    """Each message of a user between each two peers; where there is none, some of the project's own."""
    (axis,) = one.axes
    projects = samples.of_project()
    users = {name: message for name, message in messages.items() if name not in projects}
    axes = (msgspec.structs.replace(axis, values=users or messages),)
    return msgspec.structs.replace(one, axes=axes, primary=(axis.name,) if users else one.primary)
