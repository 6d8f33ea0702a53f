"""`interop record` between two running programs; what it writes is played at once, and passes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import zmq

from tests.hostile.commands import Harness
from zmq_interop.system.errors import Exit

PROTO = """syntax = "proto3";
package shop;
message Order { string item = 1; double price = 2; }
message Receipt { string item = 1; bool paid = 3; }
"""
SERVER = """import sys, zmq
socket = zmq.Context().socket(zmq.REP)
socket.bind(sys.argv[1])
print("ready", flush=True)
while True:
    order = socket.recv()
    socket.send(order[: order.index(b"x") + 1] + b"\\x18\\x01")  # the item, and paid
"""
ORDER = b"\x0a\x03box\x11" + bytes(6) + b"\xf0\x3f"  # item "box", price 1.0


def test_what_is_recorded_passes_when_it_is_played(interop: Harness, tmp_path: Path) -> None:
    (tmp_path / "proto").mkdir()
    (tmp_path / "proto/shop.proto").write_text(PROTO)
    (tmp_path / "server.py").write_text(SERVER)
    with zmq.Context() as context, context.socket(zmq.REQ) as client:
        client.setsockopt(zmq.LINGER, 0)
        client.setsockopt(zmq.RCVTIMEO, 60_000)  # ms; against a hang, no bound
        command = f"{sys.executable} {tmp_path / 'server.py'}"
        ipc = f"ipc://{tmp_path}/s"
        server = subprocess.Popen([*command.split(), ipc], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            file = tmp_path / "recorded.toml"
            recording = interop.start(
                *("record", file, "--listen", "orders=tcp://127.0.0.1:*", "--forward", ipc, "--name", "shop"),
                *("--proto", tmp_path / "proto", "--run", f"{command} {{orders}}"),
            )
            assert recording.stdout is not None
            client.connect(recording.stdout.readline().split()[2].rstrip(","))
            for _ in range(2):
                client.send(ORDER)
                assert client.recv() == b"\x0a\x03box\x18\x01"
            recording.send_signal(signal.SIGTERM)
            out, err = recording.communicate()
            assert recording.returncode == Exit.OK, out + err
            assert f"wrote {file}: 4 steps" in out
        finally:
            server.kill()
            server.communicate()
    assert interop.run("check-config", file)[0] == Exit.OK
    played = ("run", "shop:recorded", "--config", file, "--peers", "python", "--runtime", "process")
    code, told, err = interop.run(*played)
    assert (code, told[-1].startswith("planned 2 = pass 2 ")) == (Exit.OK, True), "\n".join(told) + err


def test_an_endpoint_for_each_is_needed(interop: Harness, tmp_path: Path) -> None:
    file = tmp_path / "recorded.toml"
    code, _, err = interop.run("record", file, "--listen", "tcp://127.0.0.1:*", "--forward", "a", "--forward", "b")
    assert (code, "1 --listen and 2 --forwards" in err) == (Exit.USAGE, True), err
    assert not file.exists()


def test_a_recording_without_a_connection_writes_no_file(interop: Harness, tmp_path: Path) -> None:
    file = tmp_path / "recorded.toml"
    options = ("--listen", "tcp://127.0.0.1:*", "--forward", f"ipc://{tmp_path}/nobody", "--seconds", "0.1")
    code, _, err = interop.run("record", file, *options)
    assert code == Exit.USAGE
    assert "no connection was made" in err
    assert not file.exists()
