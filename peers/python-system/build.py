"""Builds pyzmq against the system's libzmq, and compiles the .proto files as peers/python does."""

import subprocess
import sys
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
VENV = HERE / "build" / "venv"
TOOLS = HERE / "tools.txt"
# First what `interop compare` chose, which has no hashes: what is there already needs none.
REQUIREMENTS = [*HERE.glob("chosen.txt"), HERE / "requirements.txt"]


def install(folder: Path) -> None:
    environment.pip(folder, "install", "--only-binary=:all:", f"--requirement={TOOLS}")
    # Without isolation: pip would fetch the tools anew, in whatever version. No bundle: else a libzmq that pyzmq brings
    # would be built where the system's is not found.
    source = ["--only-binary=:all:", "--no-binary=pyzmq", "--no-build-isolation", "--no-cache-dir"]
    for file in REQUIREMENTS:
        environment.pip(folder, "install", *source, f"--requirement={file}", variables={"PYZMQ_NO_BUNDLE": "ON"})
    environment.pip(folder, "uninstall", "--yes", f"--requirement={TOOLS}")


def libraries() -> None:
    """Makes the environment that the agent runs in, where it is not there; an image has it as a layer of its own."""
    libzmq = subprocess.run(["pkg-config", "--modversion", "libzmq"], capture_output=True, text=True, check=True).stdout
    environment.ensure(VENV, [libzmq, *(file.read_text() for file in [*REQUIREMENTS, TOOLS])], install)


def main() -> None:
    libraries()
    # With the Python that has protobuf. The script is a link, and works in the folder where the link is.
    sys.exit(subprocess.run([VENV / "bin" / "python", HERE / "protos.py"]).returncode)


if __name__ == "__main__":
    main()
