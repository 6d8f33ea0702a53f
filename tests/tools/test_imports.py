"""Importing a module of the harness does nothing: no read of the environment or of files, no program, no socket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.space import HERE
from zmq_interop.system.paths import ROOT

# What a module's body may do -> how it is told.
WORK = {
    "import os; X = os.environ.get('HOME')": "os.environ ('HOME',)",
    "import os; X = os.getenv('USER')": "os.environ ('USER',)",
    "import os; X = 'TERM' in os.environ": "os.environ ('TERM',)",
    "import os; X = {**os.environ}": "os.environ",
    "from pathlib import Path; X = Path('x').exists()": "os.stat",
    "from pathlib import Path; X = Path(__file__).resolve()": "os.lstat",
    "from pathlib import Path; X = Path(__file__).read_text()": "open",
    "from pathlib import Path; X = [*Path(__file__).parent.glob('*')]": "os.scandir",
    "import subprocess; X = subprocess.run(['true'])": "subprocess.Popen",
    "import socket; X = socket.socket()": "socket.__new__",
    "class X:\n    import os\n    PATH = os.environ['PATH']": "os.environ ('PATH',)",
    "def f():\n    return open(__file__).read()\n\n\nX = f()": "open",
}


def at_import(package: str, *path: Path) -> list[str]:
    """What the modules of this package do when they are imported. path: where they are, and what they import."""
    code = f"import sys; sys.path[:0] = {[*map(str, path)]}; from tests.tools.at_import import main; main({package!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_modules_of_the_harness_do_nothing_at_import() -> None:
    assert at_import("zmq_interop", HERE.generated) == []


def test_what_a_module_does_at_import_is_found(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/__init__.py").touch()
    for number, body in enumerate(WORK):
        (tmp_path / f"sample/m{number}.py").write_text(f'"""A module."""\n\n{body}\n')
    (tmp_path / "sample/path.py").write_text("import sys; sys.path.append('x')\n")
    said = at_import("sample", tmp_path)
    unseen = [
        body
        for number, (body, told) in enumerate(WORK.items())
        if not any(line.startswith(f"sample.m{number}:") and told in line for line in said)
    ]
    assert unseen == [], said
    assert said[-1] == "sys.path has changed"


def test_commands_that_read_past_runs_need_no_compiled_protos() -> None:
    """`interop log` and `interop runs` do not compile them, so their modules must not import them."""
    program = "import sys, zmq_interop.cli.run_cmd; sys.exit('interop' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
