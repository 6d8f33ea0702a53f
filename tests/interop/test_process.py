"""The whole default run of the peers that wrap libzmq, every agent a process of this machine."""

from zmq_interop.cli.pytest.plugin import Cells

test_cell = Cells(runtime="process", peers=("c", "cpp", "go", "python", "python-system"))
