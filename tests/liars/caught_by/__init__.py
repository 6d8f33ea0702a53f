"""The table: scenario -> the lies that it finds out. A file for each family of scenarios; the tests hold verdicts
against it."""

from __future__ import annotations

from tests.liars.caught import Caught
from tests.liars.caught_by import (
    addresses,
    connections,
    exchange,
    flow,
    heartbeats,
    multipart,
    options,
    own_schemas,
    protobuf,
    routing,
    security,
    subscriptions,
    topologies,
    wire,
)

CAUGHT: dict[str, list[Caught]] = {
    **connections.CAUGHT,
    **exchange.CAUGHT,
    **multipart.CAUGHT,
    **flow.CAUGHT,
    **subscriptions.CAUGHT,
    **topologies.CAUGHT,
    **protobuf.CAUGHT,
    **own_schemas.CAUGHT,
    **options.CAUGHT,
    **addresses.CAUGHT,
    **routing.CAUGHT,
    **heartbeats.CAUGHT,
    **security.CAUGHT,
    **wire.CAUGHT,
}
