"""Two runs at once, in one checkout and in two; another user; a checkout that is read-only; an engine's shut door."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.commands import GREEN, HONEST, Harness, account
from zmq_interop.system.errors import Exit

PLAY = ("run", HONEST, "--runtime", "process")
NOBODY = 65534
AGAIN = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'], check=True)"
Checkout = Callable[[str], Path]


def log_of(out: str) -> str:
    """The path of a run's event log, as the run told it."""
    return out.partition("event log: ")[2].partition("\n")[0]


def ended(process: subprocess.Popen[str]) -> str:
    """What a green run told."""
    out, err = process.communicate()
    assert process.returncode == Exit.OK, err
    assert out.splitlines()[-1] == GREEN
    return out


def in_checkout(folder: Path) -> dict[str, Any]:
    """Settings for a command of the harness in that checkout."""
    return {"cwd": folder, "env": {"PYTHONPATH": str(folder)}}


def test_two_at_once_in_one_checkout(interop: Harness, checkout: Checkout) -> None:
    """Both find nothing built: one builds, the other waits for it."""
    folder = checkout("one")
    both = [interop.start(*PLAY, **in_checkout(folder)) for _ in range(2)]
    logs = [log_of(ended(process)) for process in both]
    assert len({*logs}) == 2
    assert sorted(path.name for path in (folder / ".interop/runs").iterdir()) == sorted(
        Path(log).parent.name for log in logs
    )
    for log in logs:
        assert interop.run("report", log, **in_checkout(folder))[0] == Exit.OK
    assert str((folder / ".interop/latest").resolve() / "events.jsonl") in logs


def test_two_at_once_in_two_checkouts(interop: Harness, checkout: Checkout) -> None:
    folders = [checkout("one"), checkout("two")]
    both = [interop.start(*PLAY, **in_checkout(folder)) for folder in folders]
    for folder, process in zip(folders, both, strict=True):
        assert log_of(ended(process)).startswith(str(folder))


class Somebody(Harness):
    """Commands of a user without rights, whose home is `temp`."""

    rights: tuple[str, ...] = ()

    def start(self, *arguments: str | Path, **settings: Any) -> subprocess.Popen[str]:
        env = {"HOME": str(self.temp), **settings.pop("env", {})}
        ids = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        return super().start(*arguments, before=(*ids, *self.rights), env=env, **settings)


@pytest.fixture
def somebody(public: Path) -> Somebody:
    """Starts commands as a user without rights."""
    if os.geteuid() != 0:
        pytest.skip("only root may be somebody else; all other tests are then those of a user without rights")
    (home := public / "home").mkdir()
    os.chown(home, NOBODY, NOBODY)
    harness = Somebody(home)

    def starts() -> bool:
        process = harness.start(code=AGAIN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return process.wait() == 0

    if not starts():  # this Python is in a folder of root's: they may read there, and no more
        harness.rights = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        if not starts():
            pytest.skip("this Python is in a folder that other users may not enter")
    return harness


def give_away(folder: Path) -> None:
    """Makes all of it that user's."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def test_a_user_without_rights(somebody: Somebody, checkout: Checkout) -> None:
    folder = checkout("theirs")
    give_away(folder)
    ended(somebody.start(*PLAY, **in_checkout(folder)))
    assert somebody.left() == []
    code, out, _ = somebody.run("clean", **in_checkout(folder))
    assert (code, "removed .interop" in out) == (Exit.OK, True)
    assert somebody.run("clean", **in_checkout(folder))[1][-1] == "nothing to remove"


def test_a_checkout_that_is_read_only(somebody: Somebody, checkout: Checkout, public: Path) -> None:
    folder = checkout("of-root")
    code, out, err = somebody.run(*PLAY, **in_checkout(folder))
    assert (code, out) == (Exit.USAGE, [])
    assert "--work-dir DIR" in err.splitlines()[-1]

    work = somebody.temp / "work"
    ended(somebody.start(*PLAY, "--work-dir", work, **in_checkout(folder)))
    assert not (folder / ".interop").exists()
    assert somebody.run("clean", "--work-dir", work, **in_checkout(folder))[0] == Exit.OK
    assert somebody.left() == []


def test_a_socket_of_an_engine_that_is_not_for_everybody(somebody: Somebody, checkout: Checkout, public: Path) -> None:
    folder = checkout("theirs")
    give_away(folder)
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(public / "docker.sock"))
        engine.listen()
        (public / "docker.sock").chmod(0o600)
        settings = in_checkout(folder)
        settings["env"] = {"PYTHONPATH": str(folder), "DOCKER_HOST": f"unix://{public}/docker.sock"}
        why = "permission denied; the engine's socket is open to root and to the group `docker`"

        code, out, err = somebody.run("run", HONEST, **settings)
        assert (code, out[-1]) == (Exit.OK, GREEN), err
        assert out[0].startswith("processes: no Docker engine answers at ")
        assert why in out[0]

        code, out, _ = somebody.run("run", HONEST, "--runtime", "container", **settings)
        assert (code, out[-1]) == (Exit.BROKEN, account(1, broken=1))
        assert why in "\n".join(out)
    assert somebody.left() == []
