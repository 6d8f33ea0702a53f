"""Brings pyomq, and compiles the .proto files as peers/python does."""

import subprocess
import sys
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
VENV = HERE / "build" / "venv"
# First what `interop compare` chose, which has no hashes: what is there already needs none.
REQUIREMENTS = [*HERE.glob("chosen.txt"), HERE / "requirements.txt"]


def install(folder: Path) -> None:
    for file in REQUIREMENTS:
        environment.pip(folder, "install", "--only-binary=:all:", f"--requirement={file}")


def libraries() -> None:
    """Makes the environment that the agent runs in, where it is not there; an image has it as a layer of its own."""
    environment.ensure(VENV, [file.read_text() for file in REQUIREMENTS], install)


def main() -> None:
    libraries()
    # With the Python that has protobuf. The script is a link, and works in the folder where the link is.
    sys.exit(subprocess.run([VENV / "bin" / "python", HERE / "protos.py"]).returncode)


if __name__ == "__main__":
    main()
