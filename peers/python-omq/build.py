"""Brings pyomq, and compiles the .proto files as peers/python does."""

from pathlib import Path

import environment
import protos

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"


def install(folder: Path) -> None:
    environment.pip(folder, "install", "--only-binary=:all:", f"--requirement={REQUIREMENTS}")


def main() -> None:
    environment.ensure(HERE / "build" / "venv", [REQUIREMENTS.read_text()], install)
    protos.main()


if __name__ == "__main__":
    main()
