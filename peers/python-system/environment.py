"""A virtual environment below build/, made once and kept for as long as it is made from the same."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

STAMP = "made-from"


def ensure(folder: Path, made_from: Iterable[str], fill: Callable[[Path], None]) -> None:
    """Makes the environment in `folder` and has `fill` install into it, unless it is there.

    made_from: all that the result depends on, beside this Python. What was interrupted has no stamp, and is made anew.
    """
    digest = hashlib.sha256("\0".join([sys.version, os.path.realpath(sys.executable), *made_from]).encode()).hexdigest()
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text() == digest:
        return
    shutil.rmtree(folder, ignore_errors=True)
    # The Python that ours was made from: an environment made from an environment breaks with it.
    subprocess.run([os.path.realpath(sys.executable), "-m", "venv", "--without-pip", folder], check=True)
    fill(folder)
    stamp.write_text(digest)


def pip(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
    """Runs our pip for the environment in `folder`; ends the build where it fails."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | dict(variables or {})
    if env.get("SSL_CERT_FILE") and not any(map(env.get, ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))):
        env["PIP_CERT"] = env["SSL_CERT_FILE"]  # the one name of the four that pip does not know
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    status = subprocess.run([sys.executable, "-m", "pip", "--python", folder, *quiet, *arguments], env=env).returncode
    if status:
        sys.exit(f"pip {' '.join(arguments)} exited with {status}: see what it says above")
