"""The Python agent: the control channel and the threads of the lanes. docs/peer-contract.md says what it must do."""

import os
import struct
import sys
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any, NoReturn

# stdout is the protocol's alone. Libraries that print do so on stderr, hence before they are imported.
STDOUT = os.dup(1)
os.dup2(2, 1)

import zmq  # noqa: E402
from google.protobuf.message import DecodeError  # noqa: E402
from hello import LANES, hello  # noqa: E402
from lane import AgentError, Lane, Request, Response  # noqa: E402

LIMIT = 128 * 2**20
LENGTH = struct.Struct(">I")


class BeyondRepair(Exception):
    """What stands on the channel is not the protocol."""


class Channel:
    """Messages behind their lengths, on file descriptors: a pipe and a Unix socket are the same here."""

    def __init__(self) -> None:
        path = os.environ.get("INTEROP_CONTROL")
        if path:
            import socket  # not needed on stdin and stdout, and slow to import

            control = socket.socket(socket.AF_UNIX)
            control.connect(path)
            self.source = self.sink = control.detach()
        else:
            self.source, self.sink = 0, STDOUT
        self.lock = threading.Lock()

    def read(self) -> Iterator[bytes]:
        """Each message, until the end of the channel."""
        buffer = bytearray()
        while chunk := self._chunk():
            buffer += chunk
            start = 0
            while len(buffer) - start >= 4:
                (length,) = LENGTH.unpack_from(buffer, start)
                if length > LIMIT:
                    raise BeyondRepair(f"a length of {length} bytes; the limit is {LIMIT}")
                end = start + 4 + length
                if end > len(buffer):
                    break
                yield bytes(buffer[start + 4 : end])
                start = end
            del buffer[:start]

    def _chunk(self) -> bytes:
        try:
            return os.read(self.source, 65536)
        except ConnectionResetError:
            return b""

    def write(self, message: bytes) -> None:
        data = memoryview(LENGTH.pack(len(message)) + message)
        with self.lock:
            try:
                while data:
                    data = data[os.write(self.sink, data) :]
            except (BrokenPipeError, ConnectionResetError):
                pass  # nobody is there to answer; the reader finds the end of the channel


class Agent:
    """Hands each Request to its lane, and what the lane answers to the channel."""

    def __init__(self, lane_class: type[Lane] = Lane) -> None:
        self.lane_class = lane_class
        self.channel = Channel()
        self.context: zmq.Context[Any] = zmq.Context()
        self.context.set(zmq.MAX_SOCKETS, 4096)
        self.lanes: dict[int, SimpleQueue[Any]] = {}

    def hello(self) -> Any:
        return hello(self.context, self.lane_class.operations())

    def reply(self, response: Any) -> None:
        data = response.SerializeToString()
        if len(data) > LIMIT:
            text = f"an answer of {len(data)} bytes; the control channel takes {LIMIT}"
            error = AgentError("NATIVE", "EMSGSIZE", text).response()
            error.id = response.id
            data = error.SerializeToString()
        self.channel.write(data)

    def serve(self) -> None:
        """Answers Requests until the end of the channel."""
        self.reply(Response(hello=self.hello()))
        for data in self.channel.read():
            try:
                request = Request.FromString(data)
            except DecodeError as error:
                raise BeyondRepair(f"{len(data)} bytes that are no Request ({error})") from None
            if request.lane in self.lanes:
                self.lanes[request.lane].put(request)
            elif request.lane < LANES:
                self._start(request.lane).put(request)
            else:
                response = AgentError("INVALID", "", f"lane {request.lane}: there are {LANES}, from 0").response()
                response.id = request.id
                self.reply(response)

    def _start(self, number: int) -> "SimpleQueue[Any]":
        requests = self.lanes[number] = SimpleQueue()
        threading.Thread(target=self._work, args=(requests,), name=f"lane {number}", daemon=True).start()
        return requests

    def _work(self, requests: "SimpleQueue[Any]") -> None:
        lane = self.lane_class(self.context)
        while (request := requests.get()) is not None:
            response = lane.perform(request)
            response.id = request.id
            self.reply(response)
        lane.close_all(None)

    def exit(self, code: int) -> NoReturn:
        """Closes everything, but waits half a second at most: a lane may be in a call that does not end."""
        for requests in self.lanes.values():
            requests.put(None)
        closing = threading.Thread(target=self.context.term, daemon=True)  # wakes the lanes that wait, with ETERM
        closing.start()
        closing.join(0.5)
        os._exit(code)


def main(lane_class: type[Lane] = Lane, agent_class: type[Agent] = Agent) -> NoReturn:
    os.umask(0)
    agent = agent_class(lane_class)
    try:
        agent.serve()
    except BeyondRepair as error:
        sys.stderr.write(f"agent: the control channel is beyond repair: {error}\n")
        sys.stderr.flush()
        agent.exit(1)
    agent.exit(0)


if __name__ == "__main__":
    main()
