"""The two peers that do not wrap libzmq, among themselves and with it, where no race in their libraries decides.

`./interop run` plays everything with them, against the ledger. Here are the scenarios whose outcome is the same each
time, so that a red test speaks of this project (docs/decisions/0014).
"""

from zmq_interop.cli.pytest.plugin import Cells

STEADY = (
    "push_pull",
    "dealer_router",
    "router_dealer",
    "pair",
    "routing_id",
)
TYPED = ("scalar", "repeated", "map_field", "oneof", "enum", "schema_skew")
WIRED = tuple(f"{name}/{transport}" for name in STEADY for transport in ("tcp", "ipc")) + TYPED
PEERS = ("c", "go-pure", "python-omq")

test_process = Cells(runtime="process", patterns=WIRED, peers=PEERS)
test_container = Cells(runtime="container", patterns=WIRED, peers=PEERS)
