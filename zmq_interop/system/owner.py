"""Identifies the process that created something, and checks whether it still runs.

After `kill -9` of the harness, the next run removes what it left behind. A process id alone does not tell whether the
maker lives, since numbers are used again, and since each PID namespace counts its own: with the boot, the namespace and
the process's start time it does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_FIRST_NAMESPACE = "4026531836"  # the kernel's number for the PID namespace in which the machine itself was started


class _Maker(NamedTuple):
    machine: str
    boot: str
    namespace: str
    pid: str
    start: str


class Here(NamedTuple):
    """Where this process runs.

    machine: its name across boots; "" where that cannot be told. boot: which one of the machine. namespace: the number
    of the PID namespace in which our process ids count; "" where there is no such thing.
    """

    machine: str
    boot: str
    namespace: str


def here(namespace: str | None = None) -> Here:
    """Where this process runs. namespace: another one than its own."""
    space = _namespace() if namespace is None else namespace
    return Here(_machine_id(space), _boot_id(), space)


def _machine_id(namespace: str) -> str:
    """In a container the file is its image's, and so the same on many machines."""
    if namespace != _FIRST_NAMESPACE:
        return ""
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # not Linux: one host name at a time has to do
        return os.uname().nodename


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).removeprefix("pid:[").removesuffix("]")
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """When a process began, in clock ticks since boot; "" where that cannot be read (proc(5), stat, field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    return stat.rsplit(b")", 1)[1].split()[19].decode()


def current() -> str:
    """This process as an owner: "<machine>/<boot>/<PID namespace>/<pid>/<start time>"; what cannot be told is empty."""
    pid = os.getpid()
    return "/".join(_Maker(*here(), str(pid), _start_time(pid)))


def _parse(owner: str) -> _Maker | None:
    """The parts of an owner, None for text that is none."""
    parts = owner.split("/")
    maker = _Maker(*parts) if len(parts) == len(_Maker._fields) else None
    return maker if maker and maker.pid.isdigit() else None


def is_gone(owner: str, at: Here | None = None) -> bool:
    """Whether the process that `owner` names has certainly ended. at: where we are, by default `here()`.

    It has if it ran before this very machine was started anew, or if no process of its number and start time is there.
    False where we cannot see it: in another PID namespace (a container beside ours), or on another machine that shares
    the engine. A boot of a machine without a name counts as another machine. False also for text that is no owner.
    """
    maker = _parse(owner)
    if maker is None:
        return False
    at = at or here()
    if maker.boot != at.boot:
        return maker.machine != "" and maker.machine == at.machine
    if maker.namespace != at.namespace:
        return False
    if not maker.start:  # not Linux: only the number is known
        try:
            os.kill(int(maker.pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
    return _start_time(int(maker.pid)) != maker.start


def may_live(owner: str) -> bool:
    """Whether the process that `owner` names may run on this machine now: it began since the machine was started, and
    has not certainly ended."""
    maker = _parse(owner)
    return maker is not None and maker.boot == _boot_id() and not is_gone(owner)
