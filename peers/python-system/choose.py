"""Has this copy of the peer take another version of a library, for `interop compare`.

    choose.py NAME==VERSION    choose.py NAME FOLDER, of a checkout

The requirement goes from requirements.txt to chosen.txt, which build.py installs too: hashes are of the pinned version.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).absolute().parent
REQUIREMENTS, CHOSEN = HERE / "requirements.txt", HERE / "chosen.txt"


def without(requirements: str, name: str) -> str:
    """The requirements but for that one, with its hashes; ends the program where it is not among them."""
    # A requirement begins at the margin; its hashes and comments are set in.
    found = re.compile(rf"^{re.escape(name)}==.*\n(?:[ \t].*\n)*", re.MULTILINE | re.IGNORECASE)
    left, count = found.subn("", requirements)
    if count != 1:
        sys.exit(f"requirements.txt has no {name}")
    return left


def main(wanted: str, folder: str = "") -> None:
    name = wanted.partition("==")[0]
    REQUIREMENTS.write_text(without(REQUIREMENTS.read_text(), name))
    line = f"{name} @ {Path(folder).as_uri()}" if folder else wanted
    with CHOSEN.open("a") as file:
        file.write(f"{line}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
