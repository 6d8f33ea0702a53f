"""An engine that is killed, stopped or loses an image while a run goes on, and Dockerfiles that do not build."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.second import SecondEngine
from tests.hostile import peers as hostile
from tests.hostile.commands import TRACEBACK, Harness, account
from zmq_interop.agents.runtimes import orphans
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon
from zmq_interop.system.errors import Exit

GATED = "push_pull/tcp/c:gate"
OWN = "peer_killed/tcp/push-pull/c:c"
GREEN = "push_pull/tcp/c:c"


@pytest.fixture
def second(kept_second: SecondEngine) -> Iterator[SecondEngine]:
    """The second engine; it answers again after a test that failed while it was down."""
    yield kept_second
    if kept_second.engine.is_stopping():
        kept_second.again()


@pytest.fixture(scope="module")
def kept_second(
    docker: DockerDaemon, images_of_c: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecondEngine]:
    """A second engine that has the image of `c`."""
    if os.geteuid() != 0:
        pytest.skip("only root may start an engine of its own")
    one = SecondEngine(tmp_path_factory.mktemp("second"))
    one.start()
    try:
        for taken in images_of_c:
            one.load(docker.api.get_image(taken))
        yield one
    finally:
        one.stop()


def begin(second: SecondEngine, interop: Harness, gate: Path) -> subprocess.Popen[str]:
    """Begins a run of one cell that now waits for leave to fail as it is known to, and of one that comes then and needs
    an agent of its own."""
    assert not second.engine.is_stopping()
    ledger = gate / "ledger.toml"
    ledger.write_text(f'[[failure]]\ncells = ["{GATED}"]\nkind = "refused"\nreason = "gate: refuses"\n')
    options = ("--jobs", "1", "--runtime", "c=container,gate=process", "--peers", "c,gate", "--ledger", ledger)
    process = interop.start("run", GATED, OWN, *options, "--peer", gate, env={"DOCKER_HOST": second.host})
    (gate / "asked").read_text()
    return process


@pytest.mark.parametrize(
    ("number", "verdicts"),
    [(signal.SIGKILL, {"known": 1, "broken": 1}), (signal.SIGTERM, {"broken": 2})],
    ids=["killed, agents live on", "stopped, with its containers"],
)
def test_the_engine_ends_in_mid_run(
    number: signal.Signals, verdicts: dict[str, int], second: SecondEngine, interop: Harness, gate: Path
) -> None:
    theirs = second.engine.api.create_network("interop-of-a-user", labels={"interop": "1"})["Id"]
    process = begin(second, interop, gate)
    second.end(number)
    (gate / "answer").write_text("!")
    out, err = process.communicate()
    assert process.returncode == Exit.BROKEN, out + err
    assert TRACEBACK not in out + err
    lines = out.splitlines()
    assert lines[-1] == account(2, **verdicts), out
    seen = (
        "did not start interop-c:local: nothing listens there",
        "closed the connection",
        "before its Hello; it ended unseen",
    )
    assert any(text in out for text in seen), out  # whichever of its calls the engine leaves unanswered
    assert f"at {second.host} " in out

    second.again()
    assert orphans.made(second.engine), "an engine that was gone could not be asked to remove anything"
    code, out_again, _ = interop.run("run", GREEN, "--runtime", "container", env={"DOCKER_HOST": second.host})
    assert (code, out_again[-1]) == (Exit.OK, account(1, **{"pass": 1}))
    assert orphans.made(second.engine) == []
    assert second.engine.api.networks(ids=[theirs]), "what is not ours stays"
    second.engine.api.remove_network(theirs)


def test_the_image_loses_its_names_in_mid_run(second: SecondEngine, interop: Harness, gate: Path) -> None:
    """The engine keeps an image that has a running container; agents are started by its id."""
    process = begin(second, interop, gate)
    names = [name for image in second.engine.api.images("interop-c") for name in image["RepoTags"]]
    kept = [(name, second.engine.image(name)) for name in names]
    for name in names:
        second.engine.api.remove_image(name, force=True)
    (gate / "answer").write_text("!")
    out, err = process.communicate()
    for name, image in kept:
        assert image
        second.engine.api.tag(image["Id"], *name.split(":"))
    assert out.splitlines()[-1] == account(2, **{"pass": 1, "known": 1}), out + err
    assert orphans.made(second.engine) == []


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("echo the compiler says no; exit 7", ("the compiler says no", "returned a non-zero code: 7")),
        (
            (
                "rm -f /etc/apt/sources.list.d/*; echo deb http://nowhere.invalid/ x main >/etc/apt/sources.list; "
                "apt-get -o Acquire::Retries=0 -o APT::Update::Error-Mode=any update"
            ),
            ("nowhere.invalid", "the build could not reach a server"),
        ),
    ],
    ids=["broken", "no network"],
)
def test_a_dockerfile_that_does_not_build(step: str, says: tuple[str, ...], interop: Harness, tmp_path: Path) -> None:
    folder = hostile.make(tmp_path, "unbuilt")
    (folder / "Dockerfile").write_text(f"FROM debian:trixie-slim\nRUN {step}\n")
    options = ("--runtime", "container", "--peer", folder)
    code, out, err = interop.run("run", GREEN, "push_pull/tcp/c:unbuilt", "push_pull/tcp/unbuilt:c", *options)
    assert (code, out[-1]) == (Exit.BROKEN, account(3, **{"pass": 1, "broken": 2})), err
    for text in says:
        assert text in "\n".join(out)
