"""The script `interop` and the set-up of .venv, in a copy of the checkout that has nothing to install."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zmq_interop.system import wheels
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT

ECHO = 'import sys\nprint("zmq_interop", *sys.argv[1:])\n'


class Checkout:
    """A copy of what the set-up is made of, with a harness that prints its arguments and no requirements."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "zmq_interop").mkdir(parents=True)
        shutil.copy(ROOT / "zmq_interop/__init__.py", root / "zmq_interop")
        shutil.copytree(ROOT / "zmq_interop/system", root / "zmq_interop/system")
        (root / "requirements").mkdir()
        shutil.copy(ROOT / "interop", root)
        shutil.copy(ROOT / "pyproject.toml", root)
        (root / "zmq_interop" / "__main__.py").write_text(ECHO)
        for name in ("run", "dev"):
            (root / "requirements" / f"{name}.txt").write_text("# nothing\n")
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(root), "INTEROP_PYTHON": sys.executable, "PIP_NO_INDEX": "1"}

    @property
    def python(self) -> str:
        """What the pretended Python prints when the entry script starts it, up to the user's words."""
        return f"python -P -X interop={self.root / 'interop'} -m zmq_interop"

    def start(self, *arguments: str, program: Path | None = None, cwd: Path | None = None) -> subprocess.Popen[str]:
        command = [str(program or self.root / "interop"), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def call(self, *arguments: str, program: Path | None = None, cwd: Path | None = None) -> tuple[int, str, str]:
        process = self.start(*arguments, program=program, cwd=cwd)
        out, err = process.communicate()
        return process.returncode, out, err

    def pretend_venv(self, folder: str = ".venv") -> None:
        """A .venv as if it were set up, by the words that the script itself wants to find."""
        venv = self.root / folder
        python = venv / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text('#!/bin/sh\necho "python $*"\n[ -z "${INTEROP_HOME:-}" ] || echo "in $INTEROP_HOME"\n')
        python.chmod(0o755)
        digest = "sha256sum" if shutil.which("sha256sum", path=self.env["PATH"]) else "shasum -a 256"
        for name in ("run", "dev"):
            requirements = self.root / "requirements" / f"{name}.txt"
            line = subprocess.run([*digest.split(), requirements], capture_output=True, text=True, check=True).stdout
            (venv / f"{name}.digest").write_text(f"{line.strip()} {self.env['INTEROP_PYTHON']}\n")

    def hide_ensurepip(self) -> None:
        """As on Debian without python3-venv."""
        (self.root / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")

    def pretend(self, program: str, script: str) -> None:
        folder = self.root / "bin"
        folder.mkdir(exist_ok=True)
        (folder / program).write_text(f"#!/bin/sh\n{script}\n")
        (folder / program).chmod(0o755)
        self.env["PATH"] = f"{folder}:/usr/bin:/bin"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path.resolve() / "check out")


def test_what_is_set_up_is_recognised(checkout: Checkout) -> None:
    checkout.pretend_venv()
    assert checkout.call("run", "a b", "--list") == (0, f"{checkout.python} run a b --list\n", "")
    assert checkout.call("test")[0] == 0


def test_it_is_recognised_from_elsewhere_and_through_links(checkout: Checkout, tmp_path: Path) -> None:
    checkout.pretend_venv()
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "zmq_interop").mkdir(parents=True)
    (elsewhere / "absolute").symlink_to(checkout.root / "interop")
    (elsewhere / "relative").symlink_to("../check out/interop")
    for link in ("absolute", "relative"):
        code, out, err = checkout.call("doctor", program=elsewhere / link, cwd=elsewhere)
        typed = f"python -P -X interop={elsewhere / link} -m zmq_interop doctor\n"
        assert (code, out, err) == (0, typed, ""), "messages quote the link, which can be pasted"


@pytest.mark.parametrize("arguments", ["run --work-dir work", "--work-dir work test", "run --work-dir=work -x"])
def test_a_work_folder_has_the_environment_that_the_checkout_lacks(arguments: str, checkout: Checkout) -> None:
    checkout.pretend_venv("work/venv")
    work = f"in {checkout.root}/work\n"
    said = (0, f"{checkout.python} {arguments}\n{work}", "")
    assert checkout.call(*arguments.split(), cwd=checkout.root) == said
    checkout.env["INTEROP_HOME"] = str(checkout.root / "work")
    assert checkout.call("doctor") == (0, f"{checkout.python} doctor\n{work}", "")
    assert not (checkout.root / ".venv").exists()


def test_the_environment_that_is_there_is_taken_whatever_the_work_folder(checkout: Checkout) -> None:
    checkout.pretend_venv()
    assert checkout.call("run", "--work-dir", "/nowhere")[0] == 0


@pytest.mark.parametrize("arguments", [["run"], ["--no-install", "test"]])
def test_changed_requirements_are_noticed(checkout: Checkout, arguments: list[str]) -> None:
    checkout.pretend_venv()
    changed = "dev" if "test" in arguments else "run"
    (checkout.root / "requirements" / f"{changed}.txt").write_text("# another\n")
    checkout.pretend("python-for-test", 'echo "called" >&2; exit 1')
    checkout.env["INTEROP_PYTHON"] = "python-for-test"
    code, out, err = checkout.call(*arguments)
    assert (code, out) == (Exit.BROKEN, "")
    assert "needs Python 3.11 or newer" in err
    assert "python-for-test" in err


def test_a_run_does_not_ask_for_the_development_tools(checkout: Checkout) -> None:
    checkout.pretend_venv()
    (checkout.root / ".venv" / "dev.digest").unlink()
    assert checkout.call("run", "test")[0] == 0


def test_a_missing_ensurepip_is_refused_with_the_command(checkout: Checkout) -> None:
    checkout.hide_ensurepip()
    checkout.pretend("apt-get", f"touch '{checkout.root}/called'")
    code, out, err = checkout.call("run", "--no-install")
    assert (code, out) == (Exit.BROKEN, "")
    assert f"apt-get install -y --no-install-recommends python3.{sys.version_info.minor}-venv" in err
    assert not (checkout.root / "called").exists()
    assert not (checkout.root / ".venv").exists()


def test_two_first_calls_at_once_then_failures_and_healing(checkout: Checkout, tmp_path: Path) -> None:
    """One test, since making a real venv takes seconds."""
    (tmp_path / "zmq_interop").mkdir()  # a folder of that name where the user stands is not ours
    first, second = (checkout.start("run", "x", cwd=tmp_path) for _ in range(2))
    results = [process.communicate() for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0]
    assert [out for out, _ in results] == ["zmq_interop run x\n"] * 2
    assert "".join(err for _, err in results).count("creating .venv") == 1

    dev = checkout.root / "requirements" / "dev.txt"
    dev.write_text(f"surely-no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    code, out, err = checkout.call("test")
    assert (code, out) == (Exit.BROKEN, "")
    assert "pip could not install requirements/dev.txt" in err
    assert "no wheel for this system" in err
    assert checkout.call("run")[0] == 0  # what a run needs is there all the same

    dev.write_text("# mended\n")
    code, out, err = checkout.call("test")
    assert (code, out) == (0, "zmq_interop test\n")
    assert "creating .venv" not in err

    shutil.rmtree(checkout.root / ".venv")
    work = tmp_path / "work"
    code, out, err = checkout.call("run", "--work-dir", str(work))
    assert (code, out) == (0, f"zmq_interop run --work-dir {work}\n")
    assert f"creating {work}/venv" in err
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("ProxyError('Cannot connect to proxy.')\nERROR: No matching distribution", "HTTPS_PROXY"),
        ("Temporary failure in name resolution\nERROR: No matching distribution found", "cannot be reached"),
        ("ERROR: No matching distribution found for x", "INTEROP_PYTHON"),
        ("something new", ""),
    ],
)
def test_what_pip_says_becomes_what_to_do(said: str, told: str) -> None:
    assert told in wheels.advice(said)
    assert bool(wheels.advice(said)) is bool(told)


def test_pip_heeds_ssl_cert_file_where_nothing_more_exact_is_set() -> None:
    assert wheels.environment({"SSL_CERT_FILE": "a", "PYTHONPATH": "p"}) == {"SSL_CERT_FILE": "a", "PIP_CERT": "a"}
    assert wheels.environment({"SSL_CERT_FILE": "a", "REQUESTS_CA_BUNDLE": "b"}).get("PIP_CERT") is None
