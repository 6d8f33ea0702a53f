"""All lies, by their names. A file here has those that one family of scenarios, or several, find out."""

from __future__ import annotations

from tests.liars.lie import Lie
from tests.liars.lies import (
    addresses,
    common,
    connections,
    flow,
    options,
    protobuf,
    routing,
    security,
    subscriptions,
    topologies,
    wire,
)

LIES: dict[str, Lie] = {
    **common.LIES,
    **flow.LIES,
    **connections.LIES,
    **options.LIES,
    **addresses.LIES,
    **protobuf.LIES,
    **routing.LIES,
    **security.LIES,
    **subscriptions.LIES,
    **topologies.LIES,
    **wire.LIES,
}
