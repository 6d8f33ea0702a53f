"""Makes .venv, or `venv` in the work folder: run by `interop` with the system's Python, where that is missing or was
made from something else.

Standard library only, since nothing is installed yet.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from zmq_interop.system import commands, packages, wheels, workspace
from zmq_interop.system.errors import Exit, InteropError
from zmq_interop.system.locks import held
from zmq_interop.system.paths import ROOT
from zmq_interop.system.workspace import Workspace

REQUIREMENTS = ROOT / "requirements"
_HAS_ENSUREPIP = ("-c", "import ensurepip")


class BootstrapFailed(InteropError):
    """The harness's own environment cannot be made; no cell could be judged."""

    exit_code = Exit.BROKEN


def say(text: str) -> None:
    """Tells what takes long before it does; stdout belongs to the harness."""
    print(f"interop: {text}", file=sys.stderr, flush=True)


def venv_of(space: Workspace) -> Path:
    """The environment's folder."""
    return ROOT / ".venv" if space.in_place else space.folder / "venv"


def shown(venv: Path) -> str:
    """The environment's folder, for people."""
    return str(venv.relative_to(ROOT)) if venv == ROOT / ".venv" else str(venv)


def real_python() -> str:
    """This Python by its own name: through a link such as `python3`, a venv would follow the system's upgrades."""
    return os.path.realpath(sys.executable)


def is_made(venv: Path, name: str, digest: str) -> bool:
    """Whether it has the requirements `name` in the state that `digest` names."""
    try:
        return (venv / f"{name}.digest").read_text() == f"{digest}\n" and (venv / "bin/python").exists()
    except OSError:
        return False


async def set_up(space: Workspace, run: str, dev: str, *, may_install: bool) -> None:
    """Makes what is missing.

    space: where the environment is made. run, dev: the digests as `interop` compares them; dev is "" where the
    development tools are not wanted. may_install: whether system packages may be installed.
    """
    if not space.in_place:
        space.claim()
    venv = venv_of(space)
    async with held(ROOT, waiting=lambda: say("waiting for another set-up of this checkout")):
        if not is_made(venv, "run", run):
            await _make_venv(venv, may_install=may_install)
            await _install(venv, "run", run, "what a run needs")
        if dev and not is_made(venv, "dev", dev):
            await _install(venv, "dev", dev, "the tools for tests and checks")


async def _make_venv(venv: Path, *, may_install: bool) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        await _bring_ensurepip(may_install=may_install)
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"creating {shown(venv)} with Python {version}, once")
    shutil.rmtree(venv, ignore_errors=True)
    done = await commands.run([real_python(), "-m", "venv", str(venv)], env=wheels.environment(os.environ))
    if done.status != 0:
        raise BootstrapFailed(
            f"Python {version} cannot create {venv}:\n{done.tail()}",
            "use another Python: INTEROP_PYTHON=/path/to/python3 ./interop ...",
        )
    # So `zmq_interop` is found wherever the user stands, and pytest and mypy see the sources themselves.
    site_packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv)}))
    (site_packages / "interop.pth").write_text(f"{ROOT}\n")


async def _install(venv: Path, name: str, digest: str, what: str) -> None:
    requirements = REQUIREMENTS / f"{name}.txt"
    count = sum("==" in line for line in requirements.read_text().splitlines())
    say(f"installing {what} into {shown(venv)} ({count} pinned packages), once")
    done = await wheels.install(str(venv / "bin/python"), ["--require-hashes", "-r", str(requirements)])
    if done.status != 0:
        hint = wheels.advice(done.output) or "run it again: it replaces the incomplete set-up"
        raise BootstrapFailed(f"pip could not install {requirements.relative_to(ROOT)}:\n{done.tail()}", hint)
    (venv / f"{name}.digest").write_text(f"{digest}\n")


async def _bring_ensurepip(*, may_install: bool) -> None:
    """Debian and its children split `ensurepip` off Python, and `venv` does not work without."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    missing = f"{real_python()} has no `ensurepip`, which a venv needs"
    manager = packages.find()
    if manager is not packages.APT:
        raise BootstrapFailed(missing, "use another Python: INTEROP_PYTHON=/path/to/python3 ./interop ...")
    root = packages.is_root()
    command = packages.command_for_people(manager, [package], root=root)
    if not may_install or not packages.may_install(manager, root=root):
        raise BootstrapFailed(missing, f"run: {command}")
    say(f"Python lacks ensurepip, so this installs it, once: {command}")
    done = await packages.install([package])
    # Asked of a new process: this one may have cached that there is no such module.
    if done.status != 0 or (await commands.run([real_python(), *_HAS_ENSUREPIP])).status != 0:
        raise BootstrapFailed(
            f"{missing}, and `{command}` did not help:\n{done.tail()}",
            "fix the error above, or set INTEROP_PYTHON to another Python",
        )


def main(arguments: list[str]) -> int:
    """arguments: the two digests, then those of `interop`."""
    run, dev, *rest = arguments
    try:
        asyncio.run(set_up(workspace.here(), run, dev, may_install="--no-install" not in rest))
    except InteropError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted; the next call restarts the set-up")
        return Exit.INTERRUPTED
    return Exit.OK


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
