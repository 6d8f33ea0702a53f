"""The whole default run of the peers that wrap libzmq, every agent in a container of its own."""

from zmq_interop.cli.pytest.plugin import Cells

test_cell = Cells(runtime="container", peers=("c", "cpp", "go", "python", "python-system"))
