"""Checks a peer's build requirements, and installs missing ones if possible.

A requirement that the system lacks, or has in too old a version, is installed as a wheel into the project's own folder
if the manifest names one; else with the system's package manager: automatically as root on Debian and Ubuntu, elsewhere
the error message gives the command.
"""

from __future__ import annotations

import asyncio
import enum
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from zmq_interop.core.peer import Need, Peer
from zmq_interop.schemas.project import PROTOC
from zmq_interop.system import commands, home, packages, wheels
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.locks import held
from zmq_interop.system.paths import ROOT
from zmq_interop.system.workspace import Workspace

PROBE_SECONDS = 20
_DOTTED = re.compile(r"\d+(?:\.\d+)+")
_NUMBER = re.compile(r"\d+")


class State(enum.Enum):
    """The result of checking one requirement."""

    THERE = "there"
    MISSING = "missing"
    OLD = "too old"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One need and what was found. version: "" where the probe prints none. bin: the folder of the wheel it is from."""

    need: Need
    state: State
    version: str = ""
    bin: str = ""

    def __str__(self) -> str:
        if self.state is State.OLD:
            return f"{self.need.what} (found: {self.version or 'an unknown version'})"
        return self.need.what


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """All needs are there. bins: folders that come before the PATH. versions: by the need's `what`, for people."""

    bins: tuple[str, ...] = ()
    versions: dict[str, str] = {}


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """How to install what is missing: as wheels, as system packages, or `by_hand` if the manifest names neither."""

    wheels: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


def version_in(text: str) -> str:
    """The first version number in a probe's output, preferably one with a dot; "" if there is none."""
    found = _DOTTED.search(text) or _NUMBER.search(text)
    return found.group() if found else ""


def is_older(version: str, than: str) -> bool:
    """Compares as numbers, part by part; 1.24 is 1.24.0."""
    mine, other = ([int(part) for part in _NUMBER.findall(text)] for text in (version, than))
    length = max(len(mine), len(other))
    return mine + [0] * (length - len(mine)) < other + [0] * (length - len(other))


def judge(need: Need, done: commands.Done, folder: str = "") -> Finding:
    """Evaluates the result of a probe."""
    if done.status != 0:
        return Finding(need=need, state=State.MISSING)
    version = version_in(done.output)
    old = need.at_least is not None and (not version or is_older(version, need.at_least))
    return Finding(need=need, state=State.OLD if old else State.THERE, version=version, bin=folder)


def remedy(missing: Iterable[Finding], manager: packages.Manager | None) -> Remedy:
    """Chooses how to install each missing requirement; wheels are preferred, since they do not change the system."""
    by_wheel: list[str] = []
    by_package: list[str] = []
    by_hand: list[str] = []
    for finding in missing:
        names = finding.need.packages.get(manager.name, ()) if manager else ()
        if finding.need.wheel:
            by_wheel.append(finding.need.wheel)
        elif names:
            by_package.extend(names)
        else:
            by_hand.append(finding.need.what)
    return Remedy(
        wheels=tuple(dict.fromkeys(by_wheel)), packages=tuple(dict.fromkeys(by_package)), by_hand=tuple(by_hand)
    )


def how(remedy: Remedy, manager: packages.Manager | None, *, root: bool, install: bool) -> str:
    """What the user has to do if the harness may not install it."""
    steps = []
    if remedy.packages and manager:
        steps.append(f"run: {packages.command_for_people(manager, remedy.packages, root=root)}")
    if remedy.by_hand:
        steps.append(f"install {', '.join(remedy.by_hand)}; peer.toml names no package for this system")
    if remedy.wheels and not install:
        steps.append(f"{home.COMMAND} run without --no-install installs {', '.join(remedy.wheels)}")
    return "\n  ".join(steps)


def environment(bins: Sequence[str]) -> dict[str, str]:
    """The addition to the environment that puts the wheels' programs first."""
    return {"PATH": os.pathsep.join([*bins, os.environ.get("PATH", os.defpath)])} if bins else {}


def identity(needs: Iterable[Need], bins: Sequence[str]) -> list[str]:
    """The probed programs by path, size and time: detects an upgrade without running them."""
    path = environment(bins).get("PATH")
    seen = []
    for need in needs:
        program = shutil.which(commands.expand(need.probe)[0], path=path)
        stat = Path(program).stat() if program else None
        seen.append(f"{program} {stat.st_size} {stat.st_mtime_ns}" if stat else "none")
    return seen


async def look(peer: Peer, wheels: Path) -> list[Finding]:
    """Checks all requirements of a peer concurrently; changes nothing. wheels: as of Workspace."""
    return list(await asyncio.gather(*(_look_for(need, peer.folder, wheels) for need in peer.require().needs)))


async def meet(peer: Peer, space: Workspace, *, say: Callable[[str], None], install: bool) -> Met:
    """Finds or installs every build requirement; raises PeerBroken if any is missing.

    space: where wheels are installed. install: whether anything may be installed.
    """
    findings = await look(peer, space.wheels)
    if missing := _missing(findings):
        manager, root = packages.find(), packages.is_root()
        plan = remedy(missing, manager)
        ours = install and not plan.by_hand and (not plan.packages or packages.may_install(manager, root=root))
        if not ours:
            raise PeerBroken(peer.name, f"needs {_names(missing)}", how(plan, manager, root=root, install=install))
        space.make(space.wheels)
        for failed in await asyncio.gather(
            _bring_packages(peer, space, say), _bring_wheels(peer, space.wheels, say), return_exceptions=True
        ):
            if failed:
                raise failed
        findings = await look(peer, space.wheels)
    if missing := _missing(findings):
        probes = "; ".join(" ".join(finding.need.probe) for finding in missing)
        raise PeerBroken(
            peer.name,
            f"needs {_names(missing)}: still missing after installation",
            f"checked with: {probes}",
        )
    return Met(
        bins=tuple(dict.fromkeys(finding.bin for finding in findings if finding.bin)),
        versions={finding.need.what: finding.version for finding in findings},
    )


def _missing(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state is not State.THERE]


def _names(findings: Iterable[Finding]) -> str:
    return "; ".join(str(finding) for finding in findings)


async def _look_for(need: Need, folder: Path, below: Path) -> Finding:
    finding = judge(need, await _probe(need, folder))
    if finding.state is State.THERE or not need.wheel:
        return finding
    wheel = wheels.programs(need.wheel, below)
    if not wheel.is_dir():
        return finding
    from_wheel = judge(need, await _probe(need, folder, str(wheel)), str(wheel))
    return from_wheel if from_wheel.state is State.THERE else finding


async def _probe(need: Need, folder: Path, *bins: str) -> commands.Done:
    env = {**os.environ, "INTEROP_PROTOC": " ".join(PROTOC), **environment(bins)}
    return await commands.run(commands.expand(need.probe), cwd=folder, env=env, limit=PROBE_SECONDS)


async def _bring_packages(peer: Peer, space: Workspace, say: Callable[[str], None]) -> None:
    # One peer at a time, and each checks again: peers often need the same packages.
    async with held(space.tools):
        missing = _missing(await look(peer, space.wheels))
        manager = packages.find()
        wanted = remedy(missing, manager).packages
        if not wanted or manager is None:
            return
        command = packages.command_for_people(manager, wanted, root=True)
        say(f"{peer.name}: installing what its build needs, once: {command}")
        done = await packages.install(wanted)
        if done.status != 0:
            raise PeerBroken(
                peer.name, f"{command} failed", "fix the error above and run the command by hand", done.tail()
            )


async def _bring_wheels(peer: Peer, below: Path, say: Callable[[str], None]) -> None:
    async with held(below):  # not the lock of the packages, so that both can be installed at the same time
        for finding in _missing(await look(peer, below)):
            if finding.need.wheel:
                say(f"{peer.name}: needs {finding}; installing {finding.need.wheel} into {_shown(below)}, once")
                done = await wheels.bring(finding.need.wheel, below)
                if done.status != 0:
                    by_hand = f"install it yourself: peer.toml asks for {finding.need.wheel}"
                    raise PeerBroken(
                        peer.name,
                        f"pip could not install {finding.need.wheel}",
                        wheels.advice(done.output) or by_hand,
                        done.tail(),
                    )


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
