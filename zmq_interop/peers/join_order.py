"""Reads peers/joined.toml: the order in which the project's peers joined, which determines the default plan."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from zmq_interop.system.errors import UsageError

FILE = "joined.toml"


class _Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    joined: tuple[tuple[str, ...], ...]


def load(root: Path) -> dict[str, int]:
    """The group number of each peer by name, in order of joining; empty if there is no such file.

    root: the folder of the peers. Raises UsageError if the file is invalid.
    """
    path = root / FILE
    try:
        groups = msgspec.toml.decode(path.read_bytes(), type=_Joined).joined
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "check that it is a file and readable") from None
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", 'write lists of names: joined = [["c", "go"], ["cpp"]]') from None
    found: dict[str, int] = {}
    for turn, names in enumerate(groups):
        for name in names:
            if name in found:
                raise UsageError(f"{path}: {name!r} is listed twice", "list each peer once")
            found[name] = turn
    return found
