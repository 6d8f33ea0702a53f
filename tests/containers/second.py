"""An engine of the tests' own, which they may stop and kill; it is started as tools/with-docker starts one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from docker import APIClient

from tests.hostile.processes import gone
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.system.paths import ROOT

PATIENCE = 60  # seconds


class SecondEngine:
    """Runs from `start` to `stop`. data: an empty folder, which is its own and goes with it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._command: list[str] = []
        self._pid = 0
        self._again: subprocess.Popen[bytes] | None = None  # dockerd, where it is a child of ours
        self.host = ""
        self.engine: DockerDaemon

    def start(self) -> None:
        self.host, pid = self._do('start_engine; echo "$DOCKER_HOST"; cat "$run/docker.pid"').split()
        self._pid = int(pid)
        self._command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
        api = APIClient(base_url=self.host, version="auto", timeout=PATIENCE)
        self.engine = DockerDaemon(api=api, endpoint=self.host, version=api.version()["Version"], shares_files=True)

    def stop(self) -> None:
        if not self.engine.is_stopping():
            self.end(signal.SIGTERM)
        self._do("stop_engine")
        shutil.rmtree(self._data)

    def load(self, images: Iterable[bytes]) -> None:
        self.engine.api.load_image(images)  # type: ignore[no-untyped-call]

    def end(self, number: signal.Signals) -> None:
        """Has dockerd end so, and waits until it has."""
        self.engine.close()  # its connections are no good to the next one
        os.kill(self._pid, number)
        assert gone(self._pid, PATIENCE)
        self._reap()

    def again(self) -> None:
        """Starts it as it was started before, and waits until it answers."""
        run = Path(self._command[self._command.index("--pidfile") + 1]).parent
        for name in ("docker.pid", "exec/containerd/containerd.pid"):  # the dead count as alive where nobody reaps them
            (run / name).unlink(missing_ok=True)
        with (self._data / "dockerd.log").open("a") as log:
            self._again = dockerd = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._pid = dockerd.pid
        end = time.monotonic() + PATIENCE
        while self.engine.is_stopping():
            said = (self._data / "dockerd.log").read_text()[-4000:]
            assert dockerd.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.05)

    def _reap(self) -> None:
        if self._again:
            self._again.wait()

    def _do(self, what: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"source tools/with-docker; name_private; {what}"],
            cwd=ROOT,
            env={**os.environ, "INTEROP_DOCKER_DATA": str(self._data)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
