"""What all tests share: the face that collects cells, what tests such a face, the wheel, and commands in processes."""

from zmq_interop import protos

pytest_plugins = ["zmq_interop.faces.pytest_plugin", "pytester", "tests.wheel.made", "tests.hostile.fixtures"]

# Tests import the generated protos by name, as the harness does.
protos.generate()
