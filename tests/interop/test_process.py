"""The whole default run of the peers that wrap libzmq, every agent a process of this machine."""

from zmq_interop.faces.pytest_plugin import Cells

test_cell = Cells(runtime="process", peers=("c", "cpp", "go", "python", "python-system"))
