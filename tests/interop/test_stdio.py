"""The control channel over stdin and stdout, which each agent must have: small and large messages of one scenario each.

What is said on it is the same as on a control socket, so a selection is enough.
"""

from zmq_interop.cli.pytest.plugin import Cells

test_process = Cells(runtime="process", control="stdio", patterns=("push_pull", "frame_sizes/tcp", "frame_sizes/ipc"))
test_container = Cells(
    runtime="container", control="stdio", patterns=("push_pull", "frame_sizes/tcp", "frame_sizes/ipc")
)
