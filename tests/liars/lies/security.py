"""Lies about credentials, about who is let in, and about heartbeats."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import zmq
from lane import Lane

from tests.liars.lie import Lie
from tests.liars.sockets import Frames, Truthful
from zmq_interop.scenarios.kit import credentials

SECURITY = {zmq.PLAIN_SERVER, zmq.PLAIN_USERNAME, zmq.PLAIN_PASSWORD, zmq.CURVE_SERVER, zmq.CURVE_SERVERKEY}
SECURITY |= {zmq.CURVE_PUBLICKEY, zmq.CURVE_SECRETKEY, zmq.ZAP_DOMAIN}
HEARTBEATS = {zmq.HEARTBEAT_IVL, zmq.HEARTBEAT_TIMEOUT, zmq.HEARTBEAT_TTL}
RIGHT: dict[int, bytes] = {
    zmq.PLAIN_PASSWORD: credentials.PASSWORD,
    zmq.CURVE_SERVERKEY: credentials.SERVER_PUBLIC,
    zmq.CURVE_PUBLICKEY: credentials.CLIENT_PUBLIC,
    zmq.CURVE_SECRETKEY: credentials.CLIENT_SECRET,
}


class NoSecurity(Truthful):
    """Takes credentials and sets none: NULL for everybody, and says of each message that it was sent.

    Whether it can be depends on who is quicker, the message or the handshake's end: after that there is no peer to
    send to. The lie hides it, or it would be a loss on one machine and a refusal on another.
    """

    def set(self, option: int, optval: Any) -> None:
        if option not in SECURITY:
            super().set(option, optval)

    def send_multipart(self, msg_parts: Sequence[Any], flags: int = 0, *more: Any, **named: Any) -> None:
        with contextlib.suppress(zmq.Again):
            super().send_multipart(msg_parts, flags, *more, **named)


class NoDomain(Truthful):
    """Does not tell the ZAP handler which domain it is about."""

    def set(self, option: int, optval: Any) -> None:
        if option != zmq.ZAP_DOMAIN:
            super().set(option, optval)


class RightCredentials(Truthful):
    """Shows the right credentials, whatever it is told to show."""

    def set(self, option: int, optval: Any) -> None:
        super().set(option, optval if option == zmq.CURVE_SECRETKEY and self.serves() else RIGHT.get(option, optval))

    def serves(self) -> bool:
        return bool(self.get(zmq.CURVE_SERVER))


class AnswersForHandler(Truthful):
    """A server that makes of every status the one that is `said`."""

    said: bytes

    def outgoing(self, frames: Frames) -> list[Frames]:
        if self.type == zmq.REP and frames[:1] == [b"1.0"]:
            frames = [*frames[:2], self.said, *frames[3:]]
        return [frames]


class LetsIn(AnswersForHandler):
    """Lets everybody in."""

    said = b"200"


class PutsOff(AnswersForHandler):
    """Lets nobody in."""

    said = b"400"


class AllIsWell(Lane):
    """Says that each handshake succeeded."""

    def receive_event(self, operation: Any) -> Any:
        response = super().receive_event(operation)
        if response.event.name.startswith("HANDSHAKE_FAILED"):
            response.event.name = "HANDSHAKE_SUCCEEDED"
        return response


class NoHeartbeats(Truthful):
    """Takes the options of heartbeats, and sets none of them."""

    def set(self, option: int, optval: Any) -> None:
        if option not in HEARTBEATS:
            super().set(option, optval)


class OtherUser(Truthful):
    """Says another name than the one that was set."""

    def set(self, option: int, optval: Any) -> None:
        super().set(option, b"nobody" if option == zmq.PLAIN_USERNAME else optval)


class NoTimers(Truthful):
    """Takes the time limit of handshakes, and has none."""

    def set(self, option: int, optval: Any) -> None:
        super().set(option, 0 if option == zmq.HANDSHAKE_IVL else optval)


class ConnectsAnew(Lane):
    """Makes its connection anew while nobody looks."""

    endpoint = ""

    def connect(self, operation: Any) -> Any:
        self.endpoint = operation.endpoint
        return super().connect(operation)

    def receive(self, operation: Any) -> Any:
        if 0 < operation.timeout_ms < 5000:  # a quiet period
            socket = self._socket(operation)
            socket.disconnect(self.endpoint)
            socket.connect(self.endpoint)
        return super().receive(operation)


class ShowsHeartbeats(Lane):
    """Takes a heartbeat for a message."""

    def perform(self, request: Any) -> Any:
        response = super().perform(request)
        if request.WhichOneof("operation") == "receive" and response.error.errno_name == "EAGAIN":
            return type(response)(message={"frames": [{"raw": b"\x04PING"}]})
        return response


LIES = {
    "no-security": Lie(NoSecurity),
    "no-domain": Lie(NoDomain),
    "right-credentials": Lie(RightCredentials),
    "let-in": Lie(LetsIn),
    "put-off": Lie(PutsOff),
    "all-is-well": Lie(lane=AllIsWell),
    "no-heartbeats": Lie(NoHeartbeats),
    "no-handshake-limit": Lie(NoTimers),
    "other-user": Lie(OtherUser),
    "connect-anew": Lie(lane=ConnectsAnew),
    "show-heartbeats": Lie(lane=ShowsHeartbeats),
}
