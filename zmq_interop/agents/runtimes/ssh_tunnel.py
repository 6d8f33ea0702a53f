"""Reaches a Docker engine over ssh: a Unix socket of this machine, behind which each connection is one `ssh`.

Each runs `docker system dial-stdio` there, as docker's own command line does it, so the user's ssh configuration, keys
and known hosts apply, and a stream can be half-closed. The docker package's own ssh would accept unknown hosts.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.parse
from pathlib import Path
from typing import IO

SCHEME = "ssh://"
SAID = 500  # characters of what ssh wrote, for people
_BACKLOG = 64


class SshTunnel:
    """Serves until the process ends. endpoint: what a client of the engine connects to."""

    def __init__(self, host: str) -> None:
        self._command = command(host)
        self._folder = Path(tempfile.mkdtemp(prefix="interop-ssh-"))  # only for this user
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._log = self._folder / "stderr"
        self._children: list[subprocess.Popen[bytes]] = []
        path = self._folder / "docker.sock"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(_BACKLOG)
        self.endpoint = f"unix://{path}"
        threading.Thread(target=self._serve, name="ssh-tunnel", daemon=True).start()

    @property
    def said(self) -> str:
        """The last line that ssh wrote to stderr: why it failed, if it did."""
        try:
            lines = self._log.read_text(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:SAID] for line in reversed(lines) if line.strip()), "")

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self._children = [one for one in self._children if one.poll() is None]  # reaps those that have ended
                # The connection is its stdin and stdout, so it ends with either side, and a killed harness leaves none.
                with link, self._log.open("ab") as log:
                    self._begin(link.fileno(), log)

    def _begin(self, link: int, log: IO[bytes]) -> None:
        try:
            child = subprocess.Popen(self._command, stdin=link, stdout=link, stderr=log, start_new_session=True)
        except OSError as error:
            log.write(f"{error.filename or self._command[0]}: {error.strerror}\n".encode())
        else:
            self._children.append(child)


@functools.cache
def to(host: str) -> SshTunnel:
    """The tunnel to an engine, one in each process. Raises ValueError as `command` does."""
    return SshTunnel(host)


def command(host: str) -> list[str]:
    """What reaches the engine that `ssh://[USER@]HOST[:PORT][/SOCKET]` names. Raises ValueError."""
    parts = urllib.parse.urlsplit(host)
    if not host.startswith(SCHEME) or not parts.hostname or parts.password or parts.query or parts.fragment:
        raise ValueError("not ssh://[USER@]HOST[:PORT][/SOCKET]")
    remote = ["docker", "system", "dial-stdio"]
    if parts.path not in ("", "/"):
        remote[1:1] = ["--host", f"unix://{parts.path}"]
    return [
        *("ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
        *(("-l", parts.username) if parts.username else ()),
        *(("-p", str(parts.port)) if parts.port else ()),
        *("--", parts.hostname, shlex.join(remote)),
    ]
