"""Transcripts for Wireshark, held against tshark: the same bytes, in packets without a fault."""

from __future__ import annotations

import asyncio
import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.space import HERE
from zmq_interop.core.transcript import BINDER, CONNECTOR, RESET, Connection, End, Segment, Transcript
from zmq_interop.system import packages
from zmq_interop.system.locks import held
from zmq_interop.wire import pcapng

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)
READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
BEGAN = 1_700_000_000_000_000


@functools.cache
def bring() -> str:
    """Sees to it that there is tshark: as root on Debian it is installed. Returns why there is none, or ""."""
    if shutil.which("tshark"):
        return ""
    manager, root = packages.find(), packages.is_root()
    if manager is not packages.APT or not packages.may_install(manager, root=root):
        return "there is no tshark on the PATH; install it"
    asyncio.run(_install())
    return "" if shutil.which("tshark") else "tshark could not be installed"


async def _install() -> None:
    HERE.tools.mkdir(parents=True, exist_ok=True)
    async with held(HERE.tools):
        await packages.install(("tshark",))


def transcript(endpoint: str) -> Transcript:
    segments = [
        Segment(side=CONNECTOR, at=10, data=GREETING[:10]),
        Segment(side=BINDER, at=20, data=GREETING),
        Segment(side=CONNECTOR, at=30, data=GREETING[10:] + READY + b"\x00\x03abc"),
        Segment(side=BINDER, at=40, data=b"x" * 150_000),
        Segment(side=CONNECTOR, at=50, data=b"\x02" + bytes(7) + b"\x64" + b"12345678", holes=[(17, 92)]),
    ]
    ends = [End(side=CONNECTOR, at=60), End(side=BINDER, at=70, how=RESET)]
    one = Connection(connector="a", binder="b", at=5, endpoint=endpoint, segments=segments, ends=ends)
    other = Connection(connector="a", binder="b", at=7, endpoint=endpoint, refused="nobody")
    return Transcript(connections=[one, other])


def tshark(file: Path, *fields: str, options: tuple[str, ...] = ()) -> list[list[str]]:
    """The values of these fields for each packet."""
    if why := bring():
        pytest.fail(why)
    asked = [word for field in fields for word in ("-e", field)]
    check = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    command = ["tshark", "-r", str(file), *check, *options, "-T", "fields", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("endpoint", "address", "port"),
    [
        ("tcp://127.0.0.7:4321", "127.0.0.7", "4321"),
        ("tcp://[::1]:4321", "::1", "4321"),
        ("ipc:///tmp/a", "127.0.0.1", str(pcapng.IPC_PORT)),
    ],
)
def test_tshark_reads_the_same_bytes(endpoint: str, address: str, port: str, tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    made = transcript(endpoint)
    file.write_bytes(pcapng.write(made, "push_pull/tcp/a:b", BEGAN))
    ip = "ipv6" if ":" in address else "ip"
    fields = (f"{ip}.dst", "tcp.dstport", "tcp.stream", "tcp.flags.str", "tcp.payload", "frame.time_epoch", "frame.len")
    packets = tshark(file, *fields, "tcp.checksum.status", "frame.cap_len")
    for side, to_port in ((CONNECTOR, port), (BINDER, str(pcapng.FIRST_PORT))):
        told = b"".join(bytes.fromhex(one[4]) for one in packets if one[1] == to_port and one[2] == "0")
        assert told == b"".join(one.data for one in made.connections[0].segments if one.side == side)
    assert {one[0] for one in packets} == {address}
    assert {one[2] for one in packets} == {"0", "1"}, "a connection is a stream"
    assert float(packets[0][5]) == BEGAN / 1e6 + 5e-6
    assert {one[7] for one in packets if one[6] == one[8]} == {"1"}, "checksums are good where all bytes are there"
    (cut,) = [one for one in packets if one[6] != one[8]]
    assert int(cut[6]) - int(cut[8]) == 92
    flags = ["".join(letter for letter in one[3] if letter.isalpha()) for one in packets if one[2] == "0"]
    assert (flags[:3], flags[-2:]) == (["S", "AS", "A"], ["AF", "AR"])
    assert not any("malformed" in one[0] for one in tshark(file, "_ws.malformed"))


def test_tshark_decodes_the_same_zmtp(tmp_path: Path) -> None:
    if why := bring():
        pytest.fail(why)
    protocols = subprocess.run(["tshark", "-G", "protocols"], capture_output=True, text=True, check=True).stdout
    if "\tzmtp\t" not in protocols.lower():
        pytest.skip("this tshark has no ZMTP dissector: Debian's has one from 4.4 (trixie) on")
    file = tmp_path / "a.pcapng"
    file.write_bytes(pcapng.write(transcript("tcp://127.0.0.1:4321"), "a", BEGAN))
    decode = ("-d", "tcp.port==4321,zmtp")
    told = "\n".join("\t".join(one) for one in tshark(file, "_ws.col.info", options=decode))
    assert "READY" in told
    assert "NULL" in told or "Greeting" in told
