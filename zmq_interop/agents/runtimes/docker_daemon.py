"""Finds the Docker engine, and turns every error of the docker package into an EngineError.

The docker package is imported only inside functions that use an engine, never at the top of a module: most runs have no
engine, and the import takes longer than planning the run.
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

from zmq_interop.agents.runtimes import ssh_tunnel

if TYPE_CHECKING:
    from docker import APIClient

SOCKET = Path("/var/run/docker.sock")
PROBE_SECONDS = 10
REQUEST_SECONDS = 60


class EngineError(Exception):
    """The engine refused a request or could not be reached. status: of HTTP, 0 if there is none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status

    @property
    def missing(self) -> bool:
        """Whether the named thing does not exist, or no longer exists."""
        return self.status == 404

    @property
    def conflict(self) -> bool:
        """Whether the named thing is in use, or is already being removed."""
        return self.status == 409


class DockerDaemon(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that answers.

    api: a client for all threads. shares_files: whether the engine sees this machine's files, so that the harness's
    folders and sockets can be mounted into a container (Docker Desktop runs in a virtual machine, which Unix sockets
    cannot cross).
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
        """Whether the engine has closed its socket, as it does before it stops its containers."""
        try:
            _knock(self.endpoint)
        except EngineError:
            return True
        return False

    def is_rootless(self) -> bool:
        """Whether the engine runs as a plain user, in its own network namespace. Raises EngineError."""
        with refusals():
            return any("rootless" in option for option in self.api.info().get("SecurityOptions") or ())

    def image(self, name: str) -> dict[str, Any] | None:
        """The engine's description of an image; None if it has none of this name or id. Raises EngineError."""
        try:
            with refusals():
                found: dict[str, Any] = self.api.inspect_image(name)  # type: ignore[no-untyped-call]
                return found
        except EngineError as error:
            if error.missing:
                return None
            raise

    def connect(self) -> APIClient:
        """A separate client for one long call, which can be aborted by closing its connection."""
        with refusals():
            return _client(self.endpoint)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `find`. reason: which engine answers, or why none does, for people."""

    engine: DockerDaemon | None
    reason: str

    @property
    def answers(self) -> bool:
        """Whether an engine answers."""
        return self.engine is not None


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turns every error of the docker package into EngineError."""
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
    """Looks for an engine that answers. Cheap if nothing on this machine names one."""
    named = _named()
    if not named:
        return Found(engine=None, reason=f"no Docker engine answers: there is no {SOCKET}, DOCKER_HOST is not set")
    endpoint = named
    try:
        if named.startswith("the context"):
            endpoint = _context_host()
        _knock(endpoint)
        with refusals():
            api = _client(endpoint)
            about = api.version()
    except EngineError as error:
        return Found(engine=None, reason=f"no Docker engine answers at {named}: {_ssh_said(endpoint) or error}")
    desktop = "Desktop" in str((about.get("Platform") or {}).get("Name", ""))
    engine = DockerDaemon(
        api=api,
        endpoint=endpoint,
        version=about["Version"].partition("+")[0],
        shares_files=endpoint.startswith("unix://") and sys.platform == "linux" and not desktop,
    )
    return Found(engine=engine, reason=str(engine))


def _named() -> str:
    """The endpoint or context that names an engine on this machine, or "" if nothing does."""
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
    """Raises EngineError if `named` is a Unix socket on which nobody listens. Needs no docker package."""
    if not named.startswith("unix://"):
        return
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(PROBE_SECONDS)
            link.connect(named.removeprefix("unix://"))
    except OSError as error:
        raise EngineError(_plain(repr(error))) from None


def _client(endpoint: str) -> APIClient:
    from docker import APIClient, DockerClient

    if endpoint.startswith(ssh_tunnel.SCHEME):
        with _well_formed():
            api = APIClient(base_url=ssh_tunnel.to(endpoint).endpoint, timeout=PROBE_SECONDS)
    else:
        api = DockerClient.from_env(timeout=PROBE_SECONDS).api
    api.timeout = REQUEST_SECONDS
    return api


@contextlib.contextmanager
def _well_formed() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise EngineError(str(error)) from None


def _ssh_said(endpoint: str) -> str:
    """Why ssh did not reach the engine, in its own words; "" if it said nothing or is not used."""
    if not endpoint.startswith(ssh_tunnel.SCHEME):
        return ""
    try:
        said = ssh_tunnel.to(endpoint).said
    except ValueError:
        return ""
    return f"ssh says: {said}" if said else ""


def _context_host() -> str:
    """The endpoint of the docker CLI's current context. Raises EngineError if there is no such context.

    The docker package would silently use another context instead of a removed one.
    """
    from docker.context import ContextAPI

    with refusals():
        context = ContextAPI.get_current_context()
    if not context or not context.Host:
        raise EngineError("docker knows no such context; see: docker context ls")
    return str(context.Host)


def _plain(text: str) -> str:
    """The innermost cause of a nested error, the part that helps a user."""
    if "PermissionError" in text:
        return "permission denied; the engine's socket is open to root and to the group `docker`"
    if any(sign in text for sign in ("ConnectionRefusedError", "Connection refused", "FileNotFoundError")):
        return "nothing listens there"
    if any(sign in text for sign in ("Connection aborted", "Connection broken", "Connection reset")):
        return "it closed the connection"
    return text
