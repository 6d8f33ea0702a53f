"""Finds this system's package manager, and installs packages with it if allowed.

Standard library only: zmq_interop/system/bootstrap.py needs it before anything is installed.
"""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from zmq_interop.system import commands

APT_LISTS = Path("/var/lib/apt/lists")


@dataclasses.dataclass(frozen=True, slots=True)
class Manager:
    """name: as in a manifest's `packages`. install: what stands before the packages. as_root: whether it wants root."""

    name: str
    install: tuple[str, ...]
    as_root: bool = True


APT = Manager("apt", ("apt-get", "install", "-y", "--no-install-recommends"))
MANAGERS = (
    APT,
    Manager("dnf", ("dnf", "install", "-y")),
    Manager("apk", ("apk", "add")),
    Manager("pacman", ("pacman", "-S", "--needed")),
    Manager("zypper", ("zypper", "install")),
    Manager("brew", ("brew", "install"), as_root=False),  # last: beside another, that one is the system's own
)


def find(which: Callable[[str], str | None] = shutil.which) -> Manager | None:
    """The package manager of this system, None where it has none that we know."""
    return next((manager for manager in MANAGERS if which(manager.install[0])), None)


def is_root() -> bool:
    """Whether we may install system packages without asking for a password."""
    return os.geteuid() == 0


def may_install(manager: Manager | None, *, root: bool) -> bool:
    """Whether the harness installs by itself: as root on Debian and Ubuntu. Elsewhere it tells the command."""
    return manager is APT and root


def command_for_people(manager: Manager, packages: Sequence[str], *, root: bool) -> str:
    """The command to type, with sudo where it takes one."""
    sudo = ("sudo",) if manager.as_root and not root else ()
    return shlex.join([*sudo, *manager.install, *packages])


async def install(packages: Sequence[str]) -> commands.Done:
    """Installs with apt-get. Its lists are fetched where there are none, and where with the old ones it fails."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = ("-q", "-o", "DPkg::Lock::Timeout=300")  # another apt-get may be at work on this machine
    command = [*APT.install, *patient, "--", *packages]
    if any(APT_LISTS.glob("*_Packages*")):
        done = await commands.run(command, env=env, cut_short=False)
        if done.status == 0:
            return done
    # A list that cannot be fetched is often a third party's, and no reason to give up.
    await commands.run(["apt-get", "update", *patient], env=env, cut_short=False)
    return await commands.run(command, env=env, cut_short=False)
