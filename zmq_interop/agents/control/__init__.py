"""The dialogue with an agent: frames, channel, and the handles that scenarios use.

Importing this package makes sure that the Python code of the protos is generated and current.
"""

from zmq_interop.schemas import project

project.generate()
