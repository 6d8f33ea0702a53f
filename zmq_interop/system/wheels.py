"""Installs wheels with pip, and gives advice if that fails.

Standard library only: zmq_interop/system/bootstrap.py needs it before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from zmq_interop.system import commands

_CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # those that pip heeds by itself

# The first that is found in pip's output tells most; what pip says about versions is but a consequence of the others.
_ADVICE = (
    (
        ("CERTIFICATE_VERIFY_FAILED", "SSLError", "SSLCertVerificationError"),
        "a certificate is not trusted: set PIP_CERT=/path/to/bundle.pem (or SSL_CERT_FILE) to your network's CA bundle",
    ),
    (
        ("ProxyError", "Tunnel connection failed"),
        "the proxy refused the connection: set HTTPS_PROXY as your network requires",
    ),
    (
        ("NewConnectionError", "NameResolutionError", "name resolution", "ConnectTimeout", "Network is unreachable"),
        "the package index cannot be reached: check the network and HTTPS_PROXY, or set PIP_INDEX_URL to a mirror",
    ),
    (
        ("DO NOT MATCH THE HASHES",),
        "a file was altered in transit: check the mirror and proxy between you and the package index",
    ),
    (("No space left",), "the disk is full"),
    (
        ("No matching distribution", "Could not find a version"),
        "no wheel for this system and Python: try another Python (INTEROP_PYTHON=/path/to/python3.11 ./interop ...)",
    ),
)


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment for pip: `base`, where SSL_CERT_FILE counts too, and no PYTHONPATH of ours leaks in."""
    env = {name: value for name, value in base.items() if name != "PYTHONPATH"}
    bundle = env.get("SSL_CERT_FILE")
    if bundle and not any(env.get(name) for name in _CA_VARIABLES):
        env["PIP_CERT"] = bundle
    return env


def advice(output: str) -> str:
    """Advice about pip's output, or ""."""
    return next((text for marks, text in _ADVICE if any(mark in output for mark in marks)), "")


async def install(python: str, arguments: Sequence[str], *, into: Path | None = None) -> commands.Done:
    """Runs `python -m pip install`, wheels only: a package that must be compiled fails at once instead of after
    minutes.

    into: another environment, where it is not `python`'s own.
    """
    target = ("--python", str(into)) if into else ()
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore")
    command = [python, "-m", "pip", *target, "install", *quiet, "--only-binary", ":all:", *arguments]
    return await commands.run(command, env=environment(os.environ))


def programs(wheel: str, below: Path) -> Path:
    """The folder of a wheel's programs, where it has been brought. below: as for `bring`."""
    return below / wheel / "bin"


async def bring(wheel: str, below: Path) -> commands.Done:
    """Installs a pinned wheel below this folder, which the caller holds; status 0 where that went well.

    A venv for each: what the wheel's scripts import is found, and versions of two peers do not meet.
    """
    folder = below / wheel
    shutil.rmtree(folder, ignore_errors=True)
    done = await commands.run([os.path.realpath(sys.executable), "-m", "venv", "--without-pip", str(folder)])
    if done.status == 0:
        done = await install(sys.executable, [wheel], into=folder)
    if done.status != 0:
        shutil.rmtree(folder, ignore_errors=True)
    return done
