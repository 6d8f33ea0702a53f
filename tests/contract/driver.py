"""Builds any peer by its manifest and talks to its agent, by docs/peer-contract.md alone and without the harness."""

import contextlib
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = {path.parent.name: tomllib.loads(path.read_text()) for path in sorted(ROOT.glob("peers/*/peer.toml"))}
BROKEN = {"types/broken.proto", "types/imports_broken.proto"}  # no compiler takes them
DIGEST = "the digest of the contract tests"
PATIENCE = 30.0  # seconds for what ought to take none: the machine may be busy, and only a dead agent needs so long
LENGTH = struct.Struct(">I")


class Protos:
    """The project's protos and more, as a user would add them, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "proto"
        shutil.copytree(ROOT / "proto", self.folder)
        (self.folder / "types").mkdir(exist_ok=True)
        for path in (ROOT / "tests" / "contract").glob("*.proto"):
            shutil.copy(path, self.folder / "types")
        self.all_files = sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.proto"))
        self.files = [file for file in self.all_files if file not in BROKEN]
        self.protoc = [sys.executable, "-m", "grpc_tools.protoc"]
        out = folder / "protos.binpb"
        arguments = [f"-I{self.folder}", "--include_imports", f"--descriptor_set_out={out}", *self.files]
        subprocess.run([*self.protoc, *arguments], check=True)
        # A pool of its own: other tests in this process may know the same names from other code.
        self.pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
            self.pool.AddSerializedFile(file.SerializeToString())

    def __getitem__(self, name: str) -> Any:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def payloads(self, *files: str) -> set[str]:
        """The full names of all message types in these files, of all if none is named, that a typed frame can name."""
        found: set[str] = set()
        open_ = [m for f in files or self.files for m in self.pool.FindFileByName(f).message_types_by_name.values()]
        while open_:
            message = open_.pop()
            if not message.GetOptions().map_entry:
                found.add(message.full_name)
                open_ += message.nested_types
        return {name for name in found if not name.startswith("interop.control.")}


def build(source: Path, protos: Protos, folder: Path) -> Path:
    """Builds a copy of the peer, so that what the harness has built stays as it is."""
    name = source.name
    home = folder / "peers" / name
    shutil.copytree(source, home, ignore=shutil.ignore_patterns("gen", "build", "__pycache__"))
    manifest = manifest_of(home)
    if "build" in manifest:
        environment = {
            "INTEROP_PROTO_DIR": str(protos.folder),
            "INTEROP_PROTOS": " ".join(protos.all_files),
            "INTEROP_PROTO_DIGEST": DIGEST,
            "INTEROP_PROTOC": " ".join(protos.protoc),
        }
        try:
            command = with_python(manifest["build"]["command"])
            run = subprocess.run(
                command, cwd=home, env=os.environ | environment, stdout=-1, stderr=subprocess.STDOUT, text=True
            )
            trouble = run.returncode and f"its build command exited with {run.returncode}:\n{run.stdout}"
        except FileNotFoundError as error:
            trouble = f"{error.filename} is not on the PATH"
        if trouble:
            needs = "\n".join(f"  {need['what']}: {need.get('packages', '')}" for need in manifest.get("needs", []))
            raise RuntimeError(f"peer {name} cannot be built: {trouble}\nIts manifest says that it needs:\n{needs}")
    return home


def manifest_of(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "peer.toml").read_text())


def with_python(command: list[str]) -> list[str]:
    return [sys.executable if word == "{python}" else word for word in command]


class Agent:
    """One running agent and this end of its channel, "stdio" or "socket"."""

    def __init__(self, home: Path, protos: Protos, channel: str, stderr: int | None = None) -> None:
        self.protos, self.channel = protos, channel
        self.folder = TemporaryDirectory(prefix="contract-")  # short: the path of a Unix socket has 107 bytes at most
        self.log = Path(self.folder.name, "stderr")
        command = with_python(manifest_of(home)["run"]["command"])
        environment = {key: value for key, value in os.environ.items() if key != "INTEROP_CONTROL"}
        self.socket: socket.socket | None = None
        self.buffer = b""
        self.last_id = 0
        self.early: dict[int, Any] = {}
        with contextlib.ExitStack() as stack:
            if channel == "socket":
                listener = stack.enter_context(socket.socket(socket.AF_UNIX))
                environment["INTEROP_CONTROL"] = str(Path(self.folder.name, "control"))
                listener.bind(environment["INTEROP_CONTROL"])
                listener.listen()
                listener.settimeout(PATIENCE)
            errors = stderr if stderr is not None else stack.enter_context(self.log.open("wb"))
            self.process = subprocess.Popen(
                command, cwd=home, env=environment, stdin=-1, stdout=-1, stderr=errors, bufsize=0
            )
            try:
                if channel == "socket":
                    self.socket = listener.accept()[0]
                self.hello = self.read()
            except BaseException:
                self.stop()
                raise

    def needs(self, lanes: int = 1, **names: str) -> None:
        """Skips the test where the peer does not claim what it needs: needs(lanes=2, socket_types="REQ REP")."""
        hello = self.hello.hello
        missing = [
            f"{name} in {kind}" for kind in names for name in names[kind].split() if name not in getattr(hello, kind)
        ]
        if hello.lanes < lanes:
            missing.append(f"{lanes} lanes")
        if missing:
            pytest.skip(f"the peer does not claim {', '.join(missing)}")

    @property
    def wraps_libzmq(self) -> bool:
        """Whether libzmq's manual says what is to be seen; of other libraries the contract asks less."""
        return any(library.name == "libzmq" for library in self.hello.hello.libraries)

    def request(self, lane: int = 0, **operation: Any) -> bytes:
        self.last_id += 1
        return self.framed(self.protos["interop.control.v1.Request"](id=self.last_id, lane=lane, **operation))

    @staticmethod
    def framed(message: Any) -> bytes:
        data = message if isinstance(message, bytes) else message.SerializeToString()
        return LENGTH.pack(len(data)) + data

    def write(self, data: bytes) -> None:
        if self.socket:
            self.socket.sendall(data)
        else:
            stdin = self.process.stdin
            assert stdin
            rest = memoryview(data)
            while rest:
                rest = rest[stdin.write(rest) :]

    def read(self) -> Any:
        """The next Response."""
        (length,) = LENGTH.unpack(self._take(4))
        return self.protos["interop.control.v1.Response"].FromString(self._take(length))

    def _take(self, size: int) -> bytes:
        end = time.monotonic() + PATIENCE
        parts, have = [self.buffer], len(self.buffer)
        while have < size:
            source = self.socket or self.process.stdout
            assert source
            if not select.select([source], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no answer within {PATIENCE} s; stderr: {self.stderr()}")
            chunk = os.read(source.fileno(), 1 << 20)
            if not chunk:
                raise AssertionError(f"the agent ended its channel; exit {self.exit()}, stderr: {self.stderr()}")
            parts.append(chunk)
            have += len(chunk)
        data = b"".join(parts)
        self.buffer = data[size:]
        return data[:size]

    def start(self, lane: int = 0, **operation: Any) -> int:
        """Writes a Request and does not wait; returns its id."""
        self.write(self.request(lane, **operation))
        return self.last_id

    def answer(self, number: int) -> Any:
        """The Response to the Request with this id; those of other Requests are kept for later."""
        while number not in self.early:
            response = self.read()
            assert response.id not in self.early, f"Request {response.id} was answered twice"
            self.early[response.id] = response
        return self.early.pop(number)

    def call(self, lane: int = 0, **operation: Any) -> Any:
        return self.answer(self.start(lane, **operation))

    def do(self, lane: int = 0, **operation: Any) -> Any:
        """Calls, and expects that it works."""
        response = self.call(lane, **operation)
        assert response.WhichOneof("result") != "error", response
        return response

    def error(self, lane: int = 0, **operation: Any) -> str:
        """Calls, and expects an error: "INVALID", "NATIVE EFSM"."""
        return self.error_of(self.call(lane, **operation))

    @staticmethod
    def error_of(response: Any) -> str:
        assert response.WhichOneof("result") == "error", response
        code = response.error.DESCRIPTOR.fields_by_name["code"].enum_type.values_by_number[response.error.code].name
        return f"{code.removeprefix('ERROR_CODE_')} {response.error.errno_name}".strip()

    def link(self, puller: str = "PULL", pusher: str = "PUSH") -> str:
        """Opens socket 1 (bound) and socket 2 (connected to it) on lane 0; answers the endpoint."""
        self.needs(socket_types=f"{puller} {pusher}", transports="tcp")
        self.do(open={"socket": 1, "type": puller})
        self.do(open={"socket": 2, "type": pusher})
        endpoint = self.do(bind={"socket": 1, "endpoint": "tcp://127.0.0.1:*"}).endpoint
        self.do(connect={"socket": 2, "endpoint": endpoint})
        return str(endpoint)

    def send(self, *frames: dict[str, Any], socket: int = 2) -> None:
        self.do(send={"socket": socket, "frames": frames, "timeout_ms": 20_000})

    def receive(self, *types: str, socket: int = 1) -> list[bytes]:
        message = self.do(receive={"socket": socket, "types": types, "timeout_ms": 20_000}).message
        return [frame.typed.value if frame.WhichOneof("body") == "typed" else frame.raw for frame in message.frames]

    def end_channel(self) -> None:
        if self.socket:
            self.socket.shutdown(socket.SHUT_WR)
        elif self.process.stdin:
            self.process.stdin.close()

    def exit(self) -> int:
        return self.process.wait(PATIENCE)

    def stderr(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.socket):
            if file:
                file.close()
        self.folder.cleanup()
