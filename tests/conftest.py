"""What all tests share: pytest's face, which collects cells, pytest's own way to test such a face, and the wheel."""

from harness import protos

pytest_plugins = ["harness.faces.pytest_plugin", "pytester", "tests.wheel.made"]

# Tests import the generated protos by name, as the harness does.
protos.generate()
