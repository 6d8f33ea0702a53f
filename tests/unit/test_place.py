"""A run's place on the machine, and the sweep: only what dead owners left is removed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zmq_interop.agents.runtimes.base import RunPlace
from zmq_interop.run import run_folder
from zmq_interop.system import owner, scratch, workspace


@pytest.fixture(autouse=True)
def memory(tmp_path: Path) -> Path:
    """The folder that is in memory, for this test."""
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def make(tmp_path: Path, sort: str = run_folder.WHOLE) -> RunPlace:
    return run_folder.make(dataclasses.replace(workspace.at(tmp_path), sockets=tmp_path / "memory"), sort=sort)


def dead_owner() -> str:
    """An owner of this boot whose process has ended."""
    process = subprocess.run(
        [sys.executable, "-c", "from zmq_interop.system import owner; print(owner.current())"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return process.stdout.strip()


def but(**parts: str) -> str:
    """This process as an owner, with some parts otherwise."""
    here = dict(zip(("machine", "boot", "namespace", "pid", "start"), owner.current().split("/"), strict=True))
    return "/".join((here | parts).values())


def leave(memory: Path, name: str, text: str | None) -> Path:
    """A scratch folder as somebody left it."""
    folder = memory / name
    (folder / "ipc").mkdir(parents=True)
    if text is not None:
        mark(folder).symlink_to(text)
    return folder


def mark(folder: Path) -> Path:
    """The link beside a scratch folder that tells whose it is."""
    return folder.with_name(f"{folder.name}.owner")


def test_a_place_has_its_folders_and_latest_points_to_it(tmp_path: Path) -> None:
    one = make(tmp_path)
    assert (tmp_path / "latest").resolve() == one.folder
    assert (one.folder / "agents").is_dir()
    assert one.run_id == one.folder.name
    for folder, mode in ((one.scratch, 0o700), (one.ipc, 0o777)):
        assert stat.S_IMODE(folder.stat().st_mode) == mode, "containers have ipc mounted; other users stay outside"
    assert not owner.is_gone(one.owner)
    assert make(tmp_path).folder != one.folder


def test_the_way_to_a_socket_leaves_room_for_its_name(memory: Path) -> None:
    real = Path("/dev/shm") / f"{scratch._PREFIX}12345678" / "ipc" / "100000-9"
    assert len(str(real)) < 107


def test_what_another_user_left_is_neither_read_nor_removed(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = leave(memory, "interop-bait", but(pid="999999999", start="1"))
    monkeypatch.setattr(os, "geteuid", lambda: 65533)
    assert list(scratch.stale(memory)) == []
    monkeypatch.undo()
    assert folder.exists()


def test_after_removal_the_logs_stay_and_the_sockets_are_gone(tmp_path: Path, memory: Path) -> None:
    one = make(tmp_path)
    run_folder.remove(one)
    run_folder.remove(one)
    assert list(memory.iterdir()) == []
    assert one.folder.is_dir()


def test_only_what_dead_owners_left_is_swept(tmp_path: Path, memory: Path) -> None:
    dead = leave(memory, "interop-dead", dead_owner())
    kept = [
        leave(memory, "interop-mine", owner.current()),
        leave(memory, "interop-other-boot", but(machine="", boot="another-boot")),
        leave(memory, "interop-other-container", but(namespace="4026530000", start="1")),
        leave(memory, "interop-no-owner", None),
        leave(memory, "interop-nonsense", "what is this?"),
        leave(memory, "somebody-else", dead_owner()),
    ]
    assert list(scratch.stale(memory)) == [dead]
    make(tmp_path)
    assert not dead.exists()
    assert not mark(dead).is_symlink()
    assert all(folder.exists() for folder in kept)


@pytest.mark.parametrize("step", ["symlink_to", "mkdir"])
def test_whoever_is_killed_while_making_it_leaves_nothing_for_good(step: str, tmp_path: Path, memory: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom zmq_interop.system import scratch\n"
        f"step = Path.{step}\n"
        f"def last(*arguments, **more):\n    step(*arguments, **more)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Path.{step} = last\nscratch.make(Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", program, memory], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(memory.iterdir()) != []
    scratch.sweep(memory)
    assert list(memory.iterdir()) == []


def test_what_tells_whose_it_is_goes_last(memory: Path) -> None:
    dead = leave(memory, "interop-dead", dead_owner())
    found = scratch.stale(memory)
    assert next(found) == dead
    assert list(found) == [], "it stays as long as the folder does"
    shutil.rmtree(dead)
    assert list(scratch.stale(memory)) == [mark(dead)], "whoever removed the folder was killed"


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    old = [tmp_path / "runs" / f"20200101-0000{number:02}-x" for number in range(run_folder.KEPT_RUNS + 3)]
    for folder in old:
        folder.mkdir(parents=True)
    one = make(tmp_path)
    kept = sorted((tmp_path / "runs").iterdir())
    assert kept == [*old[4:], one.folder]


def test_runs_of_one_sort_do_not_push_out_those_of_another(tmp_path: Path) -> None:
    made = []
    for sort in (run_folder.WHOLE, *[run_folder.CELL] * (run_folder.KEPT_RUNS + 2), run_folder.NARROWED):
        made.append(place := make(tmp_path, sort))
        run_folder.remove(place)  # it has ended
    assert sorted((tmp_path / "runs").iterdir()) == [place.folder for place in (made[0], *made[3:])]


def test_names_of_runs_are_in_order_within_a_second_and_when_the_clock_is_set_back(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    (runs / "of-somebody-else").mkdir(parents=True)
    (runs / "20991231-235958-aaaaaaaa").mkdir()  # when the clock was not set back yet
    made = [make(tmp_path).run_id for _ in range(3)]
    assert [name.rpartition("-")[0] for name in made] == ["20991231-235959", "21000101-000000", "21000101-000001"]
    assert sorted(made) == made


def test_the_newest_run_is_kept_though_the_clock_was_set_back(tmp_path: Path) -> None:
    for number in range(run_folder.KEPT_RUNS + 1):
        (tmp_path / "runs" / f"20990101-0000{number:02}-x").mkdir(parents=True)
    one = make(tmp_path)
    make(tmp_path)
    assert one.folder.is_dir()


def test_two_that_begin_at_once_have_names_and_places_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make(tmp_path), range(8)))
    assert len({one.run_id.rpartition("-")[0] for one in made}) == len({one.scratch for one in made}) == 8
    assert (tmp_path / "latest").resolve() in [one.folder for one in made]


def test_this_process_is_an_owner_that_lives() -> None:
    assert not owner.is_gone(owner.current())


def test_an_owner_whose_process_has_ended_is_gone() -> None:
    assert owner.is_gone(dead_owner())


def test_a_number_that_was_used_again_is_another_owner() -> None:
    assert owner.is_gone(but(start="1"))


@pytest.mark.parametrize("text", ["", "/", "x/1/1", "no owner at all", "//", "////", "a/b/c/1/1", "a/b/c/1/1/1"])
def test_what_is_not_of_this_boot_is_not_ours_to_remove(text: str) -> None:
    assert not owner.is_gone(text)
    assert not owner.may_live(text)


def test_what_another_pid_namespace_made_may_live() -> None:
    for there in (but(namespace="4026530000"), but(namespace="4026530000", start="1")):
        assert not owner.is_gone(there), "its process ids are not ours"
        assert owner.may_live(there)


def test_nothing_outlives_a_boot_of_this_very_machine() -> None:
    named, nameless = (owner.here()._replace(machine=name) for name in ("this", ""))
    assert owner.is_gone(but(boot="before", machine="this"), named)
    assert owner.is_gone(but(boot="before", machine="this", namespace="4026530000"), named)
    assert not owner.is_gone(but(boot="before", machine="another"), named)
    assert not owner.is_gone(but(boot="before", machine=""), nameless), "two machines without a name are not one"
    assert not owner.may_live(but(boot="before", machine="")), "but here it does not live"


def test_a_container_does_not_take_the_machine_id_of_its_image() -> None:
    assert owner.here(namespace="4026530000").machine == ""


def test_a_number_that_is_none_is_left_alone() -> None:
    assert not owner.is_gone(but(pid="-1"))
    assert not owner.is_gone(but(pid="x"))


def test_where_only_the_number_is_known_it_decides() -> None:
    assert not owner.is_gone(but(start=""))
    assert owner.is_gone(but(pid=dead_owner().split("/")[3], start=""))
