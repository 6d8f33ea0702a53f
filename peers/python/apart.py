"""Has this copy of the peer bring libraries of its own, for `interop compare`: the peer itself runs in the harness's
Python, which has them already.

    apart.py NAME==VERSION    apart.py NAME FOLDER, of a checkout    apart.py, which is the build of the copy
"""

import re
import subprocess
import sys
from pathlib import Path

import environment

HERE = Path(__file__).absolute().parent
VENV = HERE / "build" / "venv"
REQUIREMENTS, MANIFEST = HERE / "requirements.txt", HERE / "peer.toml"
EDITS = (
    ('["{python}", "build.py"]', '["{python}", "apart.py"]'),
    ('inputs = ["build.py"]', 'inputs = ["*.py", "*.txt"]'),
    ('["{python}", "agent.py"]', '["build/venv/bin/python", "agent.py"]'),
)


def choose(wanted: str, folder: str = "") -> None:
    name = wanted.partition("==")[0]
    line = f"{name} @ {Path(folder).as_uri()}" if folder else wanted
    pinned = re.compile(rf"^{re.escape(name)}==.*$", re.MULTILINE | re.IGNORECASE)
    text, count = pinned.subn(lambda _: line, REQUIREMENTS.read_text())
    if count != 1:
        sys.exit(f"requirements.txt has no {name}")
    REQUIREMENTS.write_text(text)
    manifest = MANIFEST.read_text()
    for was, now in EDITS:
        manifest = manifest.replace(was, now)
    MANIFEST.write_text(manifest)


def install(folder: Path) -> None:
    environment.pip(folder, "install", "--only-binary=:all:", f"--requirement={REQUIREMENTS}")


def build() -> None:
    environment.ensure(VENV, [REQUIREMENTS.read_text()], install)
    sys.exit(subprocess.run([VENV / "bin" / "python", HERE / "build.py"]).returncode)


if __name__ == "__main__":
    choose(*sys.argv[1:]) if sys.argv[1:] else build()
