"""Finds the Docker engine, and turns what the docker package raises into one error of our own.

The docker package is imported here and in the functions that are handed an Engine, never at the top of a module: most
runs have no engine, and importing it takes longer than planning them.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from docker import APIClient

SOCKET = Path("/var/run/docker.sock")
PROBE_SECONDS = 10
REQUEST_SECONDS = 60


class EngineError(Exception):
    """The engine refused something or could not be reached. status: of HTTP, 0 where there is none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status

    @property
    def missing(self) -> bool:
        """What was named is not there (any more)."""
        return self.status == 404

    @property
    def conflict(self) -> bool:
        """What was named is in use, or is being removed already."""
        return self.status == 409


class DockerDaemon(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that answers.

    api: for all threads. shares_files: it sees this machine's files, so that a folder or socket of ours can be mounted
    into a container (Docker Desktop runs in a machine of its own, which no Unix socket crosses).
    """

    api: APIClient
    endpoint: str
    version: str
    shares_files: bool

    def __str__(self) -> str:
        return f"Docker {self.version} at {self.endpoint}"

    def close(self) -> None:
        """Closes the connections."""
        self.api.close()

    def is_stopping(self) -> bool:
        """Whether nobody listens at its socket any more, which it gives up before it stops its containers."""
        try:
            _knock(self.endpoint)
        except EngineError:
            return True
        return False

    def is_rootless(self) -> bool:
        """Whether it runs as a plain user, in a network namespace of its own. Raises EngineError."""
        with refusals():
            return any("rootless" in option for option in self.api.info().get("SecurityOptions") or ())

    def image(self, name: str) -> dict[str, Any] | None:
        """What the engine knows of an image, None where it has none of this name or id. Raises EngineError."""
        try:
            with refusals():
                found: dict[str, Any] = self.api.inspect_image(name)  # type: ignore[no-untyped-call]
                return found
        except EngineError as error:
            if error.missing:
                return None
            raise

    def connect(self) -> APIClient:
        """A client for one long call alone, which can be cut off by closing its connection."""
        with refusals():
            return _client()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What `find` found; `reason` says in words which engine answers or why none does."""

    engine: DockerDaemon | None
    reason: str

    @property
    def answers(self) -> bool:
        """Whether an engine answers."""
        return self.engine is not None


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turns everything that the docker package raises into EngineError."""
    import requests
    import urllib3
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        raise EngineError(str(error.explanation or error), error.status_code or 0) from None
    except (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise EngineError(_plain(str(error) or type(error).__name__)) from None


def find() -> Found:
    """Asks whether an engine answers; cheap where nothing on this machine names one."""
    named = _named()
    if not named:
        return Found(engine=None, reason=f"no Docker engine answers: there is no {SOCKET}, DOCKER_HOST is not set")
    try:
        endpoint = _context_host() if named.startswith("the context") else named
        _knock(endpoint)
        with refusals():
            api = _client()
            about = api.version()
    except EngineError as error:
        return Found(engine=None, reason=f"no Docker engine answers at {named}: {error}")
    desktop = "Desktop" in str((about.get("Platform") or {}).get("Name", ""))
    engine = DockerDaemon(
        api=api,
        endpoint=endpoint,
        version=about["Version"].partition("+")[0],
        shares_files=endpoint.startswith("unix://") and sys.platform == "linux" and not desktop,
    )
    return Found(engine=engine, reason=str(engine))


def _named() -> str:
    """What names an engine here: an endpoint, a context, or "" where nothing does."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    if context := os.environ.get("DOCKER_CONTEXT"):
        return f"the context {context!r}"
    config = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    with contextlib.suppress(OSError, ValueError, AttributeError):
        context = json.loads(config.read_bytes()).get("currentContext")
        if context and context != "default":
            return f"the context {context!r}"
    return f"unix://{SOCKET}" if SOCKET.exists() else ""


def _knock(named: str) -> None:
    """Raises EngineError where a Unix socket is named on which nobody listens: found out without the docker package."""
    if not named.startswith("unix://"):
        return
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(PROBE_SECONDS)
            link.connect(named.removeprefix("unix://"))
    except OSError as error:
        raise EngineError(_plain(repr(error))) from None


def _client() -> APIClient:
    from docker import DockerClient

    api = DockerClient.from_env(timeout=PROBE_SECONDS).api
    api.timeout = REQUEST_SECONDS
    return api


def _context_host() -> str:
    """The endpoint of the docker CLI's current context; the docker package would take another for one that is gone."""
    from docker.context import ContextAPI

    with refusals():
        context = ContextAPI.get_current_context()
    if not context or not context.Host:
        raise EngineError("docker knows no such context; see: docker context ls")
    return str(context.Host)


def _plain(text: str) -> str:
    """The part of a nested error that a person can use: its innermost cause."""
    if "PermissionError" in text:
        return "permission denied; the engine's socket is open to root and to the group `docker`"
    if any(sign in text for sign in ("ConnectionRefusedError", "Connection refused", "FileNotFoundError")):
        return "nothing listens there"
    if any(sign in text for sign in ("Connection aborted", "Connection broken", "Connection reset")):
        return "it closed the connection"
    return text
