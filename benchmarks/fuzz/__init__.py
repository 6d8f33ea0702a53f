"""`interop bench fuzz N`: N inputs of each kind through the parsers of what others wrote (docs/security.md)."""

from zmq_interop.schemas import project
from zmq_interop.system import workspace

project.generate(workspace.here())  # the kinds import what is made of them, here and in each child
