"""Who made something that outlives a process, and whether its maker still runs.

After `kill -9` of the harness, the next run removes what it left behind. A process id alone does not tell whether the
maker lives, since numbers are used again; with the boot id and the process's start time it does.
"""

from __future__ import annotations

import os
from pathlib import Path


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # not Linux: one host name at a time has to do
        return os.uname().nodename


def _start_time(pid: int) -> str:
    """When a process began, in clock ticks since boot; "" where that cannot be read (proc(5), stat, field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    return stat.rsplit(b")", 1)[1].split()[19].decode()


def current() -> str:
    """This process as an owner: "<boot id>/<pid>/<start time>"."""
    pid = os.getpid()
    return f"{_boot_id()}/{pid}/{_start_time(pid)}"


def is_gone(owner: str) -> bool:
    """Whether the process that `owner` names has ended.

    False for owners of another machine or boot that shares this engine: what is theirs is not ours to remove, except
    that nothing survives a boot of this very machine under the same id. False also for text that is no owner.
    """
    boot, _, rest = owner.partition("/")
    pid, _, start = rest.partition("/")
    if boot != _boot_id() or not pid.isdigit():
        return False
    if not start:  # not Linux: only the number is known
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
    return _start_time(int(pid)) != start


def lives(owner: str) -> bool:
    """Whether the process that `owner` names runs on this machine now."""
    return owner.partition("/")[0] == _boot_id() and not is_gone(owner)
