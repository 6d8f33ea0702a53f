"""Builds: done where something changed, not done where nothing did, and nothing left of one that is cut off."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zmq_interop.core.peer import Build, Claims, Launch, Manifest, Need, Peer
from zmq_interop.peers import build
from zmq_interop.run import run_folder
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system import commands, scratch, workspace
from zmq_interop.system.errors import PeerBroken

SCRIPT = "mkdir -p build && cat agent.src > build/agent && echo built >> builds"


class Bench:
    """A peer in a folder of its own, which notes each build in the file `builds`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "c"
        self.folder.mkdir()
        self.log = folder / "logs" / "build-c.log"
        self.said: list[str] = []
        (self.folder / "agent.src").write_text("one")

    def peer(self, script: str = SCRIPT, inputs: tuple[str, ...] = ("*.src",), needs: tuple[Need, ...] = ()) -> Peer:
        manifest = Manifest(
            contract=2,
            name="c",
            language="sh",
            run=Launch(command=("build/agent",)),
            claims=Claims(lanes=1, socket_types=(), transports=()),
            build=Build(command=("sh", "-c", script), inputs=inputs),
            needs=needs,
        )
        return Peer(name="c", folder=self.folder, manifest=manifest)

    async def building(self, peer: Peer, digest: str = "d1", **limits: float) -> dict[str, str]:
        protos = ProtoSet(folder=self.folder, files=("a.proto", "b.proto"), digest=digest)
        return await build.build(
            peer, protos, workspace.at(self.log.parent), self.log, self.said.append, install=False, **limits
        )

    def build(self, peer: Peer | None = None, digest: str = "d1", **limits: float) -> dict[str, str]:
        return asyncio.run(self.building(peer or self.peer(), digest, **limits))

    @property
    def builds(self) -> int:
        noted = self.folder / "builds"
        return len(noted.read_text().splitlines()) if noted.exists() else 0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_is_built_is_not_built_again(bench: Bench) -> None:
    assert bench.build() == {}
    assert bench.said == [f"c: building (sh -c {SCRIPT})"]
    bench.build()
    assert bench.builds == 1


def test_a_change_behind_a_link_means_building_again(bench: Bench) -> None:
    shared = bench.folder.parent / "shared.src"
    shared.write_text("one")
    (bench.folder / "shared.src").symlink_to("../shared.src")
    bench.build()
    shared.write_text("two")
    bench.build()
    assert bench.builds == 2


def test_each_change_means_building_again(bench: Bench) -> None:
    bench.build()
    (bench.folder / "agent.src").write_text("two")
    bench.build()
    assert bench.builds == 2
    (bench.folder / "more.src").touch()
    bench.build()
    assert bench.builds == 3
    bench.build(digest="d2")
    assert bench.builds == 4
    bench.build(bench.peer(SCRIPT + " # otherwise"), digest="d2")
    assert bench.builds == 5


def test_another_machine_builds_again_in_a_folder_that_was_copied_to_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.build()
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    bench.build()
    assert bench.builds == 2


def test_a_removed_result_is_built_again(bench: Bench) -> None:
    bench.build()
    (bench.folder / "build" / "agent").unlink()
    bench.build()
    assert bench.builds == 2


def test_removed_generated_code_is_made_again(bench: Bench) -> None:
    peer = bench.peer("mkdir -p gen && " + SCRIPT)
    bench.build(peer)
    (bench.folder / "gen").rmdir()
    bench.build(peer)
    assert bench.builds == 2


def test_a_damaged_record_counts_as_none(bench: Bench) -> None:
    bench.build()
    (bench.folder / "build" / ".record.json").write_text("{")
    bench.build()
    assert bench.builds == 2


def test_outputs_are_no_inputs(bench: Bench) -> None:
    peer = bench.peer("mkdir -p gen && echo $$ > gen/new.src && " + SCRIPT, inputs=("**/*.src",))
    bench.build(peer)
    bench.build(peer)
    assert bench.builds == 1


def test_the_build_gets_what_the_contract_promises(bench: Bench) -> None:
    bench.build(bench.peer('echo "$INTEROP_PROTOS|$INTEROP_PROTO_DIGEST|$INTEROP_PROTO_DIR"; ' + SCRIPT))
    assert bench.log.read_text() == f"a.proto b.proto|d1|{bench.folder}\n"


def test_a_failed_build_shows_its_end_and_where_all_of_it_is(bench: Bench) -> None:
    with pytest.raises(PeerBroken, match="failed with status 3") as caught:
        bench.build(bench.peer("i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo line $i; done; exit 3"))
    assert caught.value.detail.splitlines() == [f"line {number}" for number in range(31, 51)]
    assert str(bench.log) in caught.value.hint
    assert len(bench.log.read_text().splitlines()) == 50


def test_a_build_without_end_is_cut_off_and_shows_its_last_lines(bench: Bench) -> None:
    with pytest.raises(PeerBroken, match=r"did not finish within 0\.05 minutes") as caught:
        bench.build(bench.peer("echo waiting for Godot; sleep 1000"), limit=3)
    assert caught.value.detail == "waiting for Godot"
    assert str(bench.log) in caught.value.hint


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("curl: (6) Could not resolve host: example.org", "the network"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "the network"),
        ("dial tcp: lookup modules.example.org on 127.0.0.1:53: no such host", "the network"),
        ("  [6] Could not resolve hostname (Could not resolve host: index.example.org)", "the network"),
        ("x509: certificate signed by unknown authority", "SSL_CERT_FILE"),
        ("agent.c:3: error: expected expression", ""),
    ],
)
def test_a_build_that_wants_the_network_where_there_is_none_is_told_so(bench: Bench, said: str, hint: str) -> None:
    (bench.folder / "said").write_text(said)
    with pytest.raises(PeerBroken, match="failed with status 1") as caught:
        bench.build(bench.peer("cat said; exit 1"))
    assert caught.value.detail == said.strip()
    advice, _, log = caught.value.hint.rpartition("\n")
    assert (hint in advice) if hint else not advice
    assert log == f"full output: {bench.log}"


def test_a_failed_build_is_tried_again(bench: Bench) -> None:
    bench.build()
    (bench.folder / "agent.src").write_text("two")
    with pytest.raises(PeerBroken):
        bench.build(bench.peer("exit 1"))
    bench.build()
    assert bench.builds == 2


def test_a_build_that_leaves_no_agent(bench: Bench) -> None:
    with pytest.raises(PeerBroken, match="did not create build/agent"):
        bench.build(bench.peer("true"))


@pytest.mark.parametrize(("glob", "said"), [("*.none", "no file"), ("/etc/*", "glob|Non-relative"), ("", "inputs")])
def test_globs_that_cannot_be_meant(bench: Bench, glob: str, said: str) -> None:
    with pytest.raises(PeerBroken, match=said):
        bench.build(bench.peer(inputs=(glob,)))


def test_a_missing_need_is_the_reason(bench: Bench) -> None:
    need = Need(what="a thing", probe=("surely-no-such-program",))
    with pytest.raises(PeerBroken, match="needs a thing"):
        bench.build(bench.peer(needs=(need,)))
    assert bench.builds == 0


def test_two_at_the_same_time_build_once(bench: Bench) -> None:
    async def both() -> None:
        await asyncio.gather(bench.building(bench.peer()), bench.building(bench.peer()))

    asyncio.run(both())
    assert bench.builds == 1


def test_a_cancelled_build_leaves_no_process(bench: Bench) -> None:
    """All that the build started holds the pipe open; it ends when the last of them is gone."""
    pipe = bench.folder / "pipe"
    os.mkfifo(pipe)

    async def cut_off() -> None:
        task = asyncio.create_task(bench.building(bench.peer("exec 3>pipe; echo started >&3; sleep 1000 & wait")))
        end = await asyncio.to_thread(pipe.open)
        with end:
            assert await asyncio.to_thread(end.readline) == "started\n"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(end.read) == ""

    asyncio.run(cut_off())
    assert not (bench.folder / "build" / ".record.json").exists()


def test_temporary_files_of_a_build_go_with_it(bench: Bench) -> None:
    """Compilers that are killed leave large files: those of Go stayed in /tmp."""
    bench.build(bench.peer(f"touch $TMPDIR/ended; dirname $TMPDIR > where; {SCRIPT}"))
    assert Path((bench.folder / "where").read_text().strip()) == bench.log.parent
    os.mkfifo(bench.folder / "started")

    async def cut_off() -> None:
        task = asyncio.create_task(bench.building(bench.peer("touch $TMPDIR/cut; echo > started; sleep 1000")))
        await asyncio.to_thread((bench.folder / "started").read_text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cut_off())
    assert {path.name for path in bench.log.parent.iterdir()} == {"CACHEDIR.TAG", bench.log.name}


def test_those_of_a_harness_that_was_killed_are_swept(bench: Bench) -> None:
    space = workspace.at(bench.log.parent)
    made = "from pathlib import Path; from zmq_interop.system import scratch; print(scratch.make(Path.cwd()))"
    told = subprocess.run([sys.executable, "-c", made], cwd=bench.folder, capture_output=True, text=True, check=True)
    left, alive = Path(told.stdout.strip()), scratch.make(bench.folder)
    assert left.is_dir()
    place = run_folder.make(dataclasses.replace(space, folder=bench.folder))
    run_folder.remove(place)
    assert (left.exists(), alive.exists()) == (False, True)


HAS_THE_LOCK = """
import fcntl, os, pathlib
def inherited(number):
    try:
        return os.path.samestat(os.fstat(number), os.stat("."))
    except OSError:
        return False
lock = next(filter(inherited, range(3, 256)))
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it has it: another descriptor of the folder would not get it
pathlib.Path("mine").touch()
"""


def test_a_build_holds_its_folder_so_that_nobody_builds_beside_an_orphan(bench: Bench) -> None:
    (bench.folder / "lock.py").write_text(HAS_THE_LOCK)
    bench.build(bench.peer(f"{sys.executable} lock.py; {SCRIPT}"))
    assert (bench.folder / "mine").exists()


def test_a_harness_that_does_not_wait_kills_its_builds(bench: Bench) -> None:
    os.mkfifo(bench.folder / "started")

    async def cut_off() -> None:
        task = asyncio.create_task(bench.building(bench.peer("echo > started; sleep 1000")))
        await asyncio.to_thread((bench.folder / "started").read_text)
        commands.kill_all()
        with pytest.raises(PeerBroken, match="failed with status -9"):
            await task

    asyncio.run(cut_off())
