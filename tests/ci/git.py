"""git, as somebody without settings of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_NOBODY = {
    **{f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder; gives back what it printed."""
    command = ("git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments)
    env = {**os.environ, **_NOBODY}
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.strip()
