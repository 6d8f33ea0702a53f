"""The sources keep to the formats and rules of their languages; each failure says what to type."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.space import HERE
from tests.tools.tool import check, complain, find, tracked
from zmq_interop.peers import build, manifest, requirements
from zmq_interop.schemas import project
from zmq_interop.system.paths import PEERS, PROTO, ROOT, TEMPLATES

PAGE = ROOT / "zmq_interop/results/report/page"
DENO = {"DENO_DIR": str(HERE.tools / "deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
GO = ("go", "go-pure")
BARE = "../../benchmarks/bare.go"  # built with the modules of peers/go, and seen from there
SKELETON = sorted(str(Path("../..") / path.relative_to(ROOT)) for path in TEMPLATES.glob("*/*.go"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint"  # no wheel has it; its go.mod pins it
OURS = str((PROTO / project.OWN).relative_to(ROOT))  # what users add to proto/ is theirs to format


def test_python_is_formatted() -> None:
    check(find("ruff"), "format", "--check", "--quiet", ".", mend=".venv/bin/ruff format")


def test_python_is_clean() -> None:
    check(find("ruff"), "check", "--quiet", "--output-format=concise", ".", mend=".venv/bin/ruff check --fix")


def test_python_is_typed() -> None:
    project.generate(HERE)  # mypy reads them
    check(find("mypy"), mend="look at each line; .venv/bin/mypy shows them again")


def test_imports_only_go_down() -> None:
    """The rooms of docs/architecture.md, as pyproject.toml lists them."""
    check(
        find("lint-imports"),
        "--no-cache",
        mend="move what both need to a lower room; .venv/bin/lint-imports shows where",
    )


def test_an_import_that_goes_up_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "zmq_interop", tmp_path / "zmq_interop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    low = tmp_path / "zmq_interop/core/verdicts.py"
    low.write_text(f"{low.read_text()}\nfrom zmq_interop.run import session\n")
    command = [find("lint-imports"), "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "zmq_interop.core.verdicts -> zmq_interop.run.session" in done.stdout


def test_protos_are_clean() -> None:
    check(find("buf"), "lint", "--path", OURS, mend="look at each line; .venv/bin/buf lint shows them again")


def test_protos_are_formatted() -> None:
    check(find("buf"), "format", "--diff", "--exit-code", "--path", OURS, mend=f".venv/bin/buf format --write {OURS}")


def test_the_page_is_formatted() -> None:
    check(find("deno"), "fmt", "--check", mend=f"cd {PAGE} && deno fmt", folder=PAGE, environment=DENO)


def test_the_page_is_clean() -> None:
    mend = f"look at each line; cd {PAGE} && deno lint shows them again"
    check(find("deno"), "lint", mend=mend, folder=PAGE, environment=DENO)


def test_the_page_is_typed() -> None:
    modules = sorted(path.name for path in PAGE.glob("*.js"))
    check(find("deno"), "check", *modules, mend="look at each line", folder=PAGE, environment=DENO)


OF_C = (
    ("c", ("peers/c/*.c", "peers/c/*.h", "templates/c/*.c", "benchmarks/*.c")),
    ("cpp", ("peers/cpp/*.cpp", "peers/cpp/*.hpp", "templates/cpp/*.cpp")),
)


@pytest.mark.parametrize(("peer", "patterns"), OF_C, ids=lambda one: one if isinstance(one, str) else "")
def test_c_and_cpp_are_formatted(peer: str, patterns: tuple[str, ...]) -> None:
    files = [str(path.relative_to(ROOT)) for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    style = f"--style=file:peers/{peer}/.clang-format"
    mend = f".venv/bin/clang-format {style} -i {' '.join(patterns)}"
    check(find("clang-format"), style, "--dry-run", "-Werror", *files, mend=mend)


def test_cpp_is_clean(tmp_path: Path) -> None:
    """clang-tidy reads what the peer's build generates."""
    peer = manifest.load(PEERS / "cpp")
    asyncio.run(build.build(peer, project.scan(), HERE, tmp_path / "build.log", print, install=True))
    files = sorted(path.name for path in peer.folder.glob("*.cpp"))
    flags = ("-std=c++17", "-I.", "-isystem", "gen")
    mend = f"look at each line; cd peers/cpp && clang-tidy --quiet *.cpp -- {' '.join(flags)} shows them again"
    check(find("clang-tidy"), "--quiet", *files, "--", *flags, folder=peer.folder, mend=mend)


@pytest.fixture(scope="module", params=GO)
def go(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A Go peer's folder and the environment in which it is built, which it then has been: vet reads what its build
    generates."""
    peer = manifest.load(PEERS / request.param)
    log = tmp_path_factory.mktemp("go") / "build.log"
    environment = asyncio.run(build.build(peer, project.scan(), HERE, log, print, install=True))
    # The flags of its build, so that what was compiled then is used again.
    flags = "-mod=readonly -trimpath -buildvcs=false -tags=netgo,osusergo"
    return peer.folder, {**environment, "GOFLAGS": flags, "GOWORK": "off"}


def test_go_is_formatted(go: tuple[Path, dict[str, str]]) -> None:
    folder, environment = go
    files = [*sorted(path.name for path in folder.glob("*.go")), BARE, *SKELETON]
    mend = f"cd peers/{folder.name} && gofmt -w *.go {BARE} {' '.join(SKELETON)}"
    said = check("gofmt", "-l", *files, folder=folder, environment=environment, mend=mend)
    complain("gofmt -l", said.splitlines(), mend)


def test_go_is_clean(go: tuple[Path, dict[str, str]]) -> None:
    folder, environment = go
    for what in (".", BARE) if folder.name == "go" else (".",):
        mend = f"look at each line; cd peers/{folder.name} && go vet {what} shows them again"
        check("go", "vet", what, folder=folder, environment=environment, mend=mend)


DOCKERFILES = sorted(path for folder in (PEERS, TEMPLATES) for path in folder.glob("*/Dockerfile"))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfiles_are_clean(path: Path) -> None:
    file = str(path.relative_to(ROOT))
    check(find("hadolint"), "--no-color", file, mend=f"look at each line; .venv/bin/hadolint {file} shows them again")


@pytest.mark.parametrize(
    "path", [path for path in DOCKERFILES if path.parent.parent == PEERS], ids=lambda path: path.parent.name
)
def test_each_image_has_its_manifest(path: Path) -> None:
    last = path.read_text().rpartition("\nFROM ")[2]
    assert f"\nCOPY peers/{path.parent.name}/peer.toml /interop/peer.toml\n" in last, "the contract wants it there"


def test_shell_is_clean() -> None:
    scripts = [path for path in tracked() if re.match(rb"#!.*\b(?:ba)?sh\n", path.read_bytes())]
    files = [str(path.relative_to(ROOT)) for path in scripts]
    mend = f"look at each line; .venv/bin/shellcheck {' '.join(files)} shows them again"
    check(find("shellcheck"), "--color=never", "--severity=warning", *files, mend=mend)


def test_workflows_are_clean() -> None:
    met = asyncio.run(requirements.meet(manifest.load(PEERS / "go"), HERE, say=print, install=True))
    files = [str(path) for path in (*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/ci/github*.yml"))]
    check(
        *("go", "run", ACTIONLINT, "-no-color", "-shellcheck", find("shellcheck"), *files),
        folder=ROOT / "tests/tools/actionlint",
        environment={**requirements.environment(met.bins), "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
        mend="look at each line; ./interop test tests/tools -k workflows shows them again",
    )
