"""Shared libraries in versions that the system does not have, unpacked from wheels that carry them.

Wheels of pyzmq bring a libzmq that was built for any Linux, with the libsodium that it needs. They serve as archives
alone: which Python they are for does not matter, nor does Python load them.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from zmq_interop.core.variants import age
from zmq_interop.system import commands, scratch, wheels
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

LIMIT_SECONDS = 300  # of a download of a megabyte or two


class _Wheel(NamedTuple):
    """A wheel that carries a shared library. python, abi, platform: its tags. sha256: of the file."""

    requirement: str
    python: str
    abi: str
    platform: str
    sha256: str


# Which wheel has which version: zmq_version() of the library inside.
_WHEELS = {
    "libzmq": {
        "4.1.5": _Wheel(
            "pyzmq==15.3.0",
            "3.5",
            "cp35m",
            "manylinux1_x86_64",
            "529ab39812566370332040436858d472af3f4c03c24cdcc643be97d2218fb2b8",
        ),
        "4.2.5": _Wheel(
            "pyzmq==17.1.3",
            "3.7",
            "cp37m",
            "manylinux1_x86_64",
            "ff21291f7378543cca99eb2277b85638d3529abc0ad6e77f6fe6179d91abd1b7",
        ),
        "4.3.1": _Wheel(
            "pyzmq==18.0.2",
            "3.7",
            "cp37m",
            "manylinux1_x86_64",
            "17efab4a804e31f58361631256d660214204046f9e2b962738b171b9ad674ea7",
        ),
        "4.3.2": _Wheel(
            "pyzmq==18.1.1",
            "3.8",
            "cp38",
            "manylinux1_x86_64",
            "d30db4566177a6205ed1badb8dbbac3c043e91b12a2db5ef9171b318c5641b75",
        ),
        "4.3.4": _Wheel(
            "pyzmq==22.3.0",
            "3.10",
            "cp310",
            "manylinux2010_x86_64",
            "ea12133df25e3a6918718fbb9a510c6ee5d3fdd5a346320421aac3882f4feeea",
        ),
        "4.3.5": _Wheel(
            "pyzmq==26.4.0",
            "3.12",
            "cp312",
            "manylinux_2_28_x86_64",
            "ef8c6ecc1d520debc147173eaa3765d53f06cd8dbe7bd377064cdbc53ab456f5",
        ),
    }
}
_MACHINE = ("Linux", "x86_64")  # what these wheels are for


def versions(library: str) -> tuple[str, ...]:
    """The versions of a library that can be brought, the oldest first; none of one that no wheel carries."""
    return tuple(sorted(_WHEELS.get(library, {}), key=age))


async def bring(
    peer: str, library: str, version: str, file: str, space: Workspace, *, say: Callable[[str], None], install: bool
) -> Path:
    """The folder with this version of a library, as `file`, and with what it needs itself; brought if it is not there.

    peer: for errors. say: takes a line of progress. install: whether something may be downloaded. Raises PeerBroken.
    """
    wheel = _WHEELS.get(library, {}).get(version)
    if wheel is None:
        known = ", ".join(versions(library)) or "none"
        raise PeerBroken(
            peer,
            f"{library}=={version}: no wheel with this version of a shared {library} is known",
            f"versions that can be brought: {known}",
        )
    below = space.make(space.libraries)
    folder = below / f"{library}-{version}"
    async with held(below):
        if (folder / file).exists():
            return folder
        if (platform.system(), platform.machine()) != _MACHINE:
            raise PeerBroken(
                peer,
                f"{library}=={version}: the wheel that carries it is for {' '.join(_MACHINE)}, and this machine is "
                f"{platform.system()} {platform.machine()}",
                "omit this variant here",
            )
        if not install:
            raise PeerBroken(
                peer, f"{library}=={version} is not here, and --no-install forbids to bring it", "omit --no-install"
            )
        say(f"{peer}: bringing {library} {version}, from the wheel of {wheel.requirement}")
        fresh = scratch.make(below)
        try:
            _unpack(peer, await _download(peer, f"{library}=={version}", wheel, fresh), library, file)
            shutil.rmtree(folder, ignore_errors=True)
            (fresh / "unpacked").rename(folder)
        finally:
            scratch.remove(fresh)
    return folder


async def _download(peer: str, what: str, wheel: _Wheel, into: Path) -> Path:
    """Downloads the wheel into a folder, and returns its file. Raises PeerBroken with what pip says."""
    requirement = into / "requirement.txt"
    requirement.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    tags = (
        "--python-version",
        wheel.python,
        "--implementation",
        "cp",
        "--abi",
        wheel.abi,
        "--platform",
        wheel.platform,
    )
    only = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(requirement))
    command = [sys.executable, "-m", "pip", "download", *quiet, *tags, *only, "--dest", str(into)]
    done = await commands.run(command, env=wheels.environment(os.environ), limit=LIMIT_SECONDS)
    found = next(into.glob("*.whl"), None)
    if done.status != 0 or found is None:
        hint = wheels.advice(done.output) or "check that the package index has this wheel; what pip said:"
        raise PeerBroken(peer, f"{what} could not be brought from the wheel of {wheel.requirement}", hint, done.tail())
    return found


def _unpack(peer: str, wheel: Path, library: str, file: str) -> None:
    """Unpacks the wheel's shared libraries beside it, in `unpacked`, and gives the one that is meant its usual name.

    Only names count, never paths: whatever an archive says, nothing leaves the folder.
    """
    target = wheel.parent / "unpacked"
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            path = PurePosixPath(entry)
            if path.parent.name.endswith("libs") and ".so" in path.name:
                (target / path.name).write_bytes(archive.read(entry))
    found = sorted(path.name for path in target.glob(f"{library}-*"))
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise PeerBroken(peer, f"{wheel.name} should have one shared {library}, but has {names}", "report this")
    (target / file).symlink_to(found[0])
