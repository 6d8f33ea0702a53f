"""Engines that are not on this machine's own network: each has a network namespace, and is reached over tcp."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from docker import APIClient

from tests.hostile.processes import gone
from zmq_interop.agents.runtimes.docker_daemon import EngineError, refusals

PATIENCE = 60  # seconds
_NETS = "198.18"  # for tests between networks: RFC 2544, appendix C.2.2
_PORT = 2375


class EngineApart:
    """One engine. name: of its namespace. data: its folder. host: as DOCKER_HOST has it."""

    def __init__(self, name: str, address: str, data: Path) -> None:
        self.name = name
        self.address = address
        self.host = f"tcp://{address}:{_PORT}"
        self._data = data
        log = (data / "log").open("wb")
        with log:
            # Not `ip netns exec`: that would hide the control groups.
            self._dockerd = subprocess.Popen(
                (
                    *("nsenter", f"--net=/run/netns/{name}", "dockerd", "--host", self.host, "--tls=false"),
                    *("--data-root", str(data / "data"), "--exec-root", str(data / "exec"), "--bridge", "none"),
                    *("--pidfile", str(data / "pid"), "--iptables=false", "--ip6tables=false"),
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Waits until it answers."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with refusals():
                    self.api = APIClient(base_url=self.host, version="auto", timeout=PATIENCE)
                    return
            except EngineError:
                said = (self._data / "log").read_text()[-4000:]
                assert self._dockerd.poll() is None, said
                assert time.monotonic() < end, said
                time.sleep(0.1)

    def load(self, images: Iterable[bytes]) -> None:
        """Takes images over from another engine."""
        self.api.load_image(images)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Ends it with everything of it."""
        self._dockerd.send_signal(signal.SIGTERM)
        try:
            self._dockerd.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._dockerd.kill()
            self._dockerd.wait()
        for process in _with_word(str(self._data)):
            os.kill(process, signal.SIGKILL)
            assert gone(process, PATIENCE)
        for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
            if (point := line.split()[4]).startswith(f"{self._data}/"):
                subprocess.run(["umount", "--lazy", point], check=True)
        shutil.rmtree(self._data)


def _with_word(word: str) -> list[int]:
    """Processes with this on their command line: containerd and its shims."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


@contextmanager
def engines(folder: Path, count: int) -> Iterator[list[EngineApart]]:
    """So many engines, each in a namespace of its own; all are on one network with this machine. Needs root."""
    mark = f"ia{os.getpid() % 100_000}"  # names of links have at most 15 characters
    net = _free_net()
    made: list[EngineApart] = []
    try:
        _ip(f"link add {mark} type bridge")
        _ip(f"addr add {net}.1/24 dev {mark}")
        _ip(f"link set {mark} up")
        for number in range(2, count + 2):
            name = f"{mark}-{number}"
            _ip(f"netns add {name}")
            _ip(f"link add {name} type veth peer name eth0 netns {name}")
            _ip(f"link set {name} master {mark} up")
            _ip(f"-n {name} addr add {net}.{number}/24 dev eth0")
            _ip(f"-n {name} link set eth0 up")
            _ip(f"-n {name} link set lo up")
            data = folder / str(number)
            data.mkdir()
            made.append(EngineApart(name, f"{net}.{number}", data))
        for one in made:
            one.wait()
        yield made
    finally:
        for one in made:
            one.stop()
        for number in range(2, count + 2):
            subprocess.run(["ip", "netns", "delete", f"{mark}-{number}"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", mark], capture_output=True, check=False)


def _free_net() -> str:
    """The first three numbers of a network that this machine has no address in, another one for each process."""
    taken = subprocess.run(["ip", "-4", "-oneline", "addr", "show"], capture_output=True, text=True, check=True).stdout
    numbers = ((os.getpid() + more) % 256 for more in range(256))
    return next(net for number in numbers if f" {(net := f'{_NETS}.{number}')}." not in taken)


def _ip(words: str) -> None:
    done = subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {words}: {done.stderr}"
