"""What all tests share: the face that collects cells, what tests such a face, the wheel, and commands in processes."""

import os
import signal
from typing import Any

from tests.space import HERE
from zmq_interop.schemas import project

os.environ.pop("COLUMNS", None)  # pytest imports readline, which sets it; programs started by tests would fold by it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's `&` without job control; commands would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.pop("CI", None)  # messages quote commands otherwise there; a test that is about CI sets it

pytest_plugins = ["zmq_interop.cli.pytest.plugin", "pytester", "tests.wheel.made", "tests.hostile.fixtures"]


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Each folder of tests/ goes to one worker, so that what its tests share is made once."""
    from tests.xdist_by_folder import ByFolder  # only where pytest-xdist is in use

    return ByFolder(config, log)


# Tests import the generated protos by name, as the harness does.
project.generate(HERE)
