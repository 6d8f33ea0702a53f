"""Where the harness is, and the folder where it makes things: which one, and that it is ours (docs/decisions/0018).

Standard library only: zmq_interop/system/bootstrap.py needs it before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from zmq_interop import __version__
from zmq_interop.system.errors import UsageError

_PACKAGE = Path(__file__).parent.parent
# From a wheel: the package contains, as a folder `tree`, what else a run reads of a checkout.
INSTALLED = importlib.util.find_spec("zmq_interop.tree") is not None
ROOT = _PACKAGE / "tree" if INSTALLED else _PACKAGE.parent
# As people type them, the first as a shell takes it; __main__.py replaces them by what was typed.
COMMAND = "interop" if INSTALLED else "./interop"
WITH_ENGINE = f"{ROOT / 'tools/with-docker' if INSTALLED else 'tools/with-docker'}"

VARIABLE = "INTEROP_HOME"  # what `--work-dir` sets, also for the programs that we start
TAG = "CACHEDIR.TAG"
TAG_TEXT = """Signature: 8a477f597d28d172789f06886806bc55
# Interop tests made this folder, and `interop clean` removes it. Such folders need no backup: https://bford.info/cachedir/
"""
_HINT = f"name a writable folder with --work-dir DIR or {VARIABLE}"


def typed(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """COMMAND and WITH_ENGINE, so that what messages quote can be pasted where the user stands.

    command: the path of the entry script, as it was typed or as the shell found it; "" if another program was started.
    folder: where the user stands. In CI, whose output people read elsewhere, both stay what they are.
    """
    if environment.get("CI") or not command or (not INSTALLED and folder == ROOT):
        return COMMAND, WITH_ENGINE
    if "/" not in command:  # `sh interop`
        command = f"./{command}"
    name = Path(command).name
    found = shutil.which(name, path=environment.get("PATH"))
    on_path = found is not None and Path(found) == folder / command
    return shlex.quote(name if on_path else command), shlex.quote(str(ROOT / "tools/with-docker"))


def chosen(environment: Mapping[str, str]) -> Path | None:
    """The folder that the user named, None where that was left to us."""
    named = environment.get(VARIABLE)
    return Path(named).absolute() if named else None


def caches(environment: Mapping[str, str]) -> Path:
    """Where the folders of all installed wheels are: `interop` in the user's cache (XDG Base Directory Specification).

    Raises UsageError for a user without a home.
    """
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():  # the specification: a relative one is to be ignored
        return named / "interop"
    try:
        return Path.home() / ".cache" / "interop"
    except RuntimeError as error:
        raise UsageError(f"there is no folder for builds and logs: {error}", _HINT) from None


def cache(among: Path, root: Path = ROOT) -> Path:
    """The folder of this installed wheel among those of all wheels. root: its tree.

    Its name has the version and a digest of all that builds depend on: environments that would build the same share
    it, and those that would not never build over each other.
    """
    digest = hashlib.sha256(compiler().encode())
    sources = (path for name in ("peers", "proto") for path in (root / name).rglob("*"))
    for path in sorted(path for path in sources if path.is_file() and path.parent.name != "__pycache__"):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return among / f"{__version__}-{digest.hexdigest()[:12]}"


def compiler() -> str:
    """This Python and its packages that have a part in what is generated from protos."""
    from importlib import metadata  # slow to import, and most commands never ask

    return " ".join([sys.version, *(f"{name} {metadata.version(name)}" for name in ("grpcio-tools", "protobuf"))])


def claim(folder: Path) -> None:
    """Makes the folder and marks it as ours. Raises UsageError where it cannot be had, or has somebody else's files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_ours(folder):
            foreign = any(path.name != TAG for path in folder.iterdir())
            if foreign and not is_ours(folder):  # asked again: another harness may have made it just now
                raise UsageError(
                    f"{folder} contains files that the harness did not create",
                    "give --work-dir a new or an empty folder",
                )
            (folder / TAG).write_text(TAG_TEXT)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {error.strerror or error}", _HINT) from None


def is_ours(folder: Path) -> bool:
    """Whether `claim` has marked it."""
    try:
        return (folder / TAG).read_text() == TAG_TEXT
    except (OSError, ValueError):
        return False
