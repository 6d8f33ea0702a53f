"""Images are built from the sources that the wheel brings, and agents in them play."""

from __future__ import annotations

from pathlib import Path

from tests.wheel.made import Installed
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.system.errors import Exit


def test_a_run_of_the_wheel_in_containers(installed: Installed, docker: DockerDaemon, tmp_path: Path) -> None:
    play = ("run", "push_pull/tcp", "--peers", "c,python-omq", "--runtime", "container")
    work = tmp_path / "work"
    done = installed.run("interop", *play, cwd=tmp_path, work=work)
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert "planned 8 = pass 8 + fail 0 + known 0 + fixed 0 + unsupported 0 + broken 0" in done.stdout
    assert not (work / "peers").exists(), "nothing is copied or built for a process"
