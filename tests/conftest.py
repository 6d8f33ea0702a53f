"""What all tests share: the face that collects cells, what tests such a face, the wheel, and commands in processes."""

import os

from tests.space import HERE
from zmq_interop.schemas import project

os.environ.pop("COLUMNS", None)  # pytest imports readline, which sets it; programs started by tests would fold by it

pytest_plugins = ["zmq_interop.cli.pytest.plugin", "pytester", "tests.wheel.made", "tests.hostile.fixtures"]

# Tests import the generated protos by name, as the harness does.
project.generate(HERE)
