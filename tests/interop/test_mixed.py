"""C and Go in containers beside Python on the host, which is how services are tried against a program in the making.

Inproc never leaves an agent, so it is left out: it can tell nothing new here.
"""

from zmq_interop.cli.pytest.plugin import Cells

test_cell = Cells(
    runtime="c=container,go=container,python=process",
    peers=("c", "go", "python"),
    patterns=("*/tcp/*", "*/ipc/*"),
)
