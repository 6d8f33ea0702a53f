"""The whole matrix, every agent a process of this machine."""

from harness.faces.pytest_plugin import Cells

test_cell = Cells(runtime="process")
