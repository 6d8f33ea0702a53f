"""The worked example of users' own schemas with all peers, every agent a process of this machine."""

from zmq_interop.cli.pytest.plugin import Cells
from zmq_interop.system.paths import ROOT

test_cell = Cells(runtime="process", patterns=("own_schemas",), protos=(ROOT / "examples/shop",))
