"""Builds pyzmq against the system's libzmq, and compiles the .proto files as peers/python does."""

import subprocess
from pathlib import Path

import environment
import protos

HERE = Path(__file__).resolve().parent
REQUIREMENTS, TOOLS = HERE / "requirements.txt", HERE / "tools.txt"


def install(folder: Path) -> None:
    environment.pip(folder, "install", "--only-binary=:all:", f"--requirement={TOOLS}")
    # Without isolation: pip would fetch the tools anew, in whatever version. No bundle: else a libzmq that pyzmq brings
    # would be built where the system's is not found.
    source = ["--only-binary=:all:", "--no-binary=pyzmq", "--no-build-isolation", "--no-cache-dir"]
    environment.pip(folder, "install", *source, f"--requirement={REQUIREMENTS}", variables={"PYZMQ_NO_BUNDLE": "ON"})
    environment.pip(folder, "uninstall", "--yes", f"--requirement={TOOLS}")


def main() -> None:
    libzmq = subprocess.run(["pkg-config", "--modversion", "libzmq"], capture_output=True, text=True, check=True).stdout
    environment.ensure(HERE / "build" / "venv", [libzmq, REQUIREMENTS.read_text(), TOOLS.read_text()], install)
    protos.main()


if __name__ == "__main__":
    main()
