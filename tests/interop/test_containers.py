"""The whole matrix, every agent in a container of its own."""

from harness.faces.pytest_plugin import Cells

test_cell = Cells(runtime="container")
