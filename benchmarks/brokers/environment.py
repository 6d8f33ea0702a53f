"""The environment of the clients: their libraries, and the message compiled for them."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench import NotMeasured
from benchmarks.brokers.ends import Tools
from zmq_interop.schemas.project import PROTOC
from zmq_interop.system import commands, wheels
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
_RECORD = "installed"
_LIMIT = 60.0  # seconds


async def bring(space: Workspace, generated: Path, say: Callable[[str], None]) -> Tools:
    """Installs the libraries, once for each list of them. generated: an empty folder, for the compiled message.

    Raises NotMeasured.
    """
    python = await _environment(space, say)
    command = [*PROTOC, f"--proto_path={_HERE}", f"--python_out={generated}", "job.proto"]
    done = await commands.run(command, limit=_LIMIT)
    if done.status != 0:
        raise NotMeasured(f"job.proto does not compile: {done.tail()}")
    return Tools(python, generated)


async def _environment(space: Workspace, say: Callable[[str], None]) -> Path:
    folder = space.make(space.tools / "brokers")
    digest = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    python, record = folder / "venv/bin/python", folder / "venv" / _RECORD
    async with held(folder):
        if record.is_file() and record.read_text() == digest:
            return python
        say("installing the client libraries, once")
        shutil.rmtree(folder / "venv", ignore_errors=True)
        made = [os.path.realpath(sys.executable), "-m", "venv", "--without-pip", str(folder / "venv")]
        done = await commands.run(made)
        if done.status == 0:
            wanted = ["--require-hashes", "--requirement", str(_REQUIREMENTS)]
            done = await wheels.install(sys.executable, wanted, into=folder / "venv")
        if done.status != 0:
            raise NotMeasured(f"the client libraries cannot be installed: {wheels.advice(done.output) or done.tail()}")
        record.write_text(digest)
    return python
