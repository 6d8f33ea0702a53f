"""The image of every peer of the tree builds, and its agent plays.

On a new machine that takes minutes, and much of that is waiting. So this folder's tests run beside those that need no
engine (zmq_interop/cli/whole_test.py), and all that need an image later find it.
"""

from __future__ import annotations

import re

import pytest

from tests.hostile.commands import Harness
from zmq_interop.agents.runtimes import docker_daemon
from zmq_interop.peers import manifest
from zmq_interop.system.errors import Exit


@pytest.mark.container
def test_every_peer_plays_in_its_image(interop: Harness) -> None:
    found = docker_daemon.find()
    if found.engine:
        found.engine.close()
    if not found.answers:
        pytest.skip(f"{found.reason}; tools/with-docker brings one")
    code, out, err = interop.run("run", "push_pull/tcp", "--runtime", "container")
    assert code == Exit.OK, err
    cells = len(manifest.discover()) ** 2
    account = re.match(r"planned (\d+) = pass (\d+) \+ ", out[-1])
    assert account, out[-1]
    assert int(account[1]) == int(account[2]) >= cells, out[-1]
