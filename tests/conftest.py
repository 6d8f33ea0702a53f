"""What all tests share: the face of pytest, which collects cells, and pytest's own way to test such a face."""

from harness import protos

pytest_plugins = ["harness.faces.pytest_plugin", "pytester"]

# Tests import the generated protos by name, as the harness does.
protos.generate()
