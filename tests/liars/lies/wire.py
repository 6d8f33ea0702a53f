"""Lies on the wire: a proxy before each bound socket that bends the bytes of its connections. The socket is honest.

A `Bend` sees one connection, and the client's bytes frame by frame, however they were split. What the socket writes is
changed only where it writes a few bytes at once, which loopback does not split.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import Any

import zmq
from lane import Lane
from payload import message_class

from tests.liars.lie import Lie

Response = message_class("interop.control.v1.Response")
GREETING = 64
HUGE = 1 << 24


class Bend:
    """One connection. Its methods return bytes to pass on, b"" for none, None to close the connection at both ends."""

    stays_open = False  # the end of the socket's side is not passed on

    def __init__(self) -> None:
        self._came = bytearray()  # of the client, not yet passed on
        self._greeted = False
        self._left = GREETING if type(self).greeting is Bend.greeting else 0  # of a greeting that nothing bends

    def in_(self, data: bytes) -> bytes | None:
        """Bytes for the socket."""
        passed = data[: self._left]  # at once: a library writes no more before it has an answer to its first bytes
        if self._left:
            self._left -= len(passed)
            self._greeted = not self._left
        self._came += data[len(passed) :]
        if not self._greeted and passed:
            return passed
        while True:
            if not self._greeted:
                size = GREETING
            elif self._came[:1] and self._came[0] & 2:
                size = 9 + int.from_bytes(self._came[1:9], "big") if len(self._came) >= 9 else 9
            else:
                size = 2 + self._came[1] if len(self._came) >= 2 else 2
            huge = size > HUGE
            if len(self._came) < size and not huge:
                return passed
            taken = bytes(self._came[:size])
            del self._came[:size]
            bent = self.frame(taken) if self._greeted else self.greeting(taken)
            self._greeted = True
            if bent is None:
                return None
            passed += bent
            if huge:
                return passed

    def greeting(self, data: bytes) -> bytes | None:
        """The client's greeting."""
        return data

    def frame(self, data: bytes) -> bytes | None:
        """A frame of the client, of at most HUGE bytes; of a longer one the beginning."""
        return data

    def out(self, data: bytes) -> bytes | None:
        """Bytes of the socket."""
        return data

    def last(self) -> bytes:
        """What to write when the client has ended."""
        return bytes(self._came)


class StaysOpen(Bend):
    """Never closes a connection."""

    stays_open = True

    def in_(self, data: bytes) -> bytes | None:
        return data


class DiesOfGarbage(Bend):
    """Ends its process when something else than a signature and a version comes."""

    def in_(self, data: bytes) -> bytes | None:
        passed = super().in_(data)
        if not self._greeted and self._came[:1] != b"\xff":
            os._exit(1)
        return passed

    def greeting(self, data: bytes) -> bytes | None:
        if data[10:11] != b"\3":
            os._exit(1)
        return data


class OnlyNewest(Bend):
    """Serves ZMTP 3.0 and 3.1, and nothing that comes after."""

    def greeting(self, data: bytes) -> bytes | None:
        return data if data[10:12] in (b"\3\0", b"\3\1") else None


class ValidatesPadding(Bend):
    """Closes a connection whose padding is not zero."""

    def greeting(self, data: bytes) -> bytes | None:
        return None if any(data[1:9]) else data


class AnyMechanism(Bend):
    """Takes every mechanism for NULL."""

    def greeting(self, data: bytes) -> bytes | None:
        return data[:12] + b"NULL".ljust(20, b"\0") + data[32:]


class FewProperties(Bend):
    """Takes a READY with the name Socket-Type in this case, and with no property that it does not know."""

    def frame(self, data: bytes) -> bytes | None:
        if b"\x05READY" in data and (b"X-" in data or b"Resource" in data or b"Socket-Type" not in data):
            return None
        return data


class AnySocketType(Bend):
    """Takes every socket for a PUSH."""

    def frame(self, data: bytes) -> bytes | None:
        for other in (b"PULL", b"XPUB", b"XSUB", b"PAIR"):  # as long as PUSH
            data = data.replace(b"Socket-Type\0\0\0\4" + other, b"Socket-Type\0\0\0\4PUSH")
        return data


class NoHandshake(Bend):
    """Takes messages without a READY."""

    first = True

    def frame(self, data: bytes) -> bytes | None:
        first, self.first = self.first, False
        if first and not data[0] & 4:
            return b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\4PUSH"
        return data if data != b"\0\x09handshake" else b""


class NoSocketType(Bend):
    """Has a READY that does not say its type."""

    def out(self, data: bytes) -> bytes | None:
        return data.replace(b"Socket-Type", b"Sokket-Type")


class ShowsCommands(Bend):
    """Gives commands to the application."""

    first = True

    def frame(self, data: bytes) -> bytes | None:
        first, self.first = self.first, False
        return data if first else bytes([data[0] & ~4]) + data[1:]


class NoLongForm(Bend):
    """Closes a connection on which a short frame has the long form."""

    def frame(self, data: bytes) -> bytes | None:
        return None if data[0] & 2 and len(data) <= 9 + 255 else data


class ReadyAlone(Bend):
    """Loses what comes in one read with a READY."""

    def in_(self, data: bytes) -> bytes | None:
        begins = data.find(b"\x05READY") - 2
        return super().in_(data if begins < 0 else data[: begins + 2 + data[begins + 1]])


class DiesOfSize(Bend):
    """Ends its process when a frame is said to be huge."""

    def frame(self, data: bytes) -> bytes | None:
        if data[0] & 2 and int.from_bytes(data[1:9], "big") > HUGE:
            os._exit(1)
        return data


class CompletesMessages(Bend):
    """Ends a message whose connection was lost in the middle."""

    def last(self) -> bytes:
        return b"\0\0"


class NoSubscribeCommand(Bend):
    """Does not know the command SUBSCRIBE."""

    def frame(self, data: bytes) -> bytes | None:
        return b"" if b"\tSUBSCRIBE" in data else data


class NoSubscribeMessage(Bend):
    """Does not know subscriptions that are messages."""

    def frame(self, data: bytes) -> bytes | None:
        return b"" if b"\x01topic" in data else data


class OtherTopic(Bend):
    """Subscribes to something else."""

    def out(self, data: bytes) -> bytes | None:
        return data.replace(b"topic", b"tonic")


class OtherContext(Bend):
    """Has a PONG that does not repeat what the PING said."""

    def out(self, data: bytes) -> bytes | None:
        return data.replace(b"PONGc", b"PONGd")


class NoTimeToLive(Bend):
    """Reads in a PING that it gives no time to live."""

    def frame(self, data: bytes) -> bytes | None:
        return data.replace(b"PING\0\3", b"PING\0\0")


class Proxy:
    """Stands before one bound socket, in threads that end with the process or with their connections."""

    def __init__(self, listen: tuple[str, int], forward: tuple[str, int], bend: type[Bend], *, one: bool) -> None:
        self._listener = socket.create_server(listen)
        self._forward = forward
        self._bend = bend
        self._one = one
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                serving = threading.Thread(target=self._serve, args=(client,), daemon=True)
                serving.start()
                if self._one:
                    serving.join()

    def _serve(self, client: socket.socket) -> None:
        try:
            held = socket.create_connection(self._forward)
        except OSError:
            client.close()
            return
        bend = self._bend()
        back = threading.Thread(target=self._back, args=(bend, held, client), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                passed = bend.in_(data)
                if passed is None:
                    _shut(client, held)
                    break
                held.sendall(passed)
        with contextlib.suppress(OSError):
            held.sendall(bend.last())
            held.shutdown(socket.SHUT_WR)
        back.join()
        client.close()
        held.close()

    def _back(self, bend: Bend, held: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := held.recv(1 << 16):
                client.sendall(bend.out(data) or b"")
        if not bend.stays_open:
            _shut(client)

    def close(self) -> None:
        """Accepts no more."""
        _shut(self._listener)
        self._listener.close()


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def bending(bend: type[Bend], *, one: bool = False) -> Lie:
    """The lie of a lane whose bound sockets stand behind a proxy. one: it serves one connection after another."""

    class Bent(Lane):
        def __init__(self, context: zmq.Context[Any]) -> None:
            super().__init__(context)
            self.proxies: list[Proxy] = []

        def bind(self, operation: Any) -> Any:
            if not operation.endpoint.startswith("tcp://"):
                return super().bind(operation)
            host = operation.endpoint.removeprefix("tcp://").rpartition(":")[0]
            operation.endpoint = "tcp://127.0.0.1:*"
            inner = int(super().bind(operation).endpoint.rpartition(":")[2])
            proxy = Proxy((host, 0), ("127.0.0.1", inner), bend, one=one)
            self.proxies.append(proxy)
            return Response(endpoint=f"tcp://{host}:{proxy.port}")

        def close_all(self, operation: Any) -> Any:
            for proxy in self.proxies:
                proxy.close()
            self.proxies.clear()
            return super().close_all(operation)

    return Lie(lane=Bent)


LIES = {
    "stays-open": bending(StaysOpen),
    "dies-of-garbage": bending(DiesOfGarbage, one=True),
    "only-newest": bending(OnlyNewest),
    "validates-padding": bending(ValidatesPadding),
    "any-mechanism": bending(AnyMechanism),
    "few-properties": bending(FewProperties),
    "any-socket-type": bending(AnySocketType),
    "no-handshake": bending(NoHandshake),
    "no-socket-type": bending(NoSocketType),
    "shows-commands": bending(ShowsCommands),
    "no-long-form": bending(NoLongForm),
    "ready-alone": bending(ReadyAlone),
    "dies-of-size": bending(DiesOfSize),
    "completes-messages": bending(CompletesMessages),
    "no-subscribe-command": bending(NoSubscribeCommand),
    "no-subscribe-message": bending(NoSubscribeMessage),
    "other-topic": bending(OtherTopic),
    "other-context": bending(OtherContext),
    "no-time-to-live": bending(NoTimeToLive),
    "one-at-a-time": bending(Bend, one=True),
}
