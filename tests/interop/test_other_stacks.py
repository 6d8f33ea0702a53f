"""The two peers that do not wrap libzmq, among themselves and with it, where no race in their libraries decides.

`./interop run` plays everything with them, against the ledger. Here are the scenarios whose outcome is the same each
time, so that a red test speaks of this project (docs/decisions/0014).
"""

from harness.faces.pytest_plugin import Cells

STEADY = (
    "push_pull",
    "dealer_router",
    "router_dealer",
    "pair",
    "routing_id",
    "scalar",
    "repeated",
    "map_field",
    "oneof",
    "enum",
    "schema_skew",
)
PEERS = ("c", "go-pure", "python-omq")

test_process = Cells(runtime="process", patterns=STEADY, peers=PEERS)
test_container = Cells(runtime="container", patterns=STEADY, peers=PEERS)
