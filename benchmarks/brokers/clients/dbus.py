"""D-Bus: method calls through a bus of our own, without a reply; and with one where each message is confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from jeepney import DBusAddress, MessageFlag, MessageType, new_method_call, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from benchmarks.brokers.clients.ends import SILENCE, Place

FAILURES = (DBusErrorResponse,)
LIBRARIES = ("jeepney",)
NAME = "interop.Brokers"
PUT = DBusAddress("/", NAME, NAME)


class Sender:
    def __init__(self, place: Place) -> None:
        self._safe = place.safe
        self._bus = open_dbus_connection(place.address["bus"])

    def send(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            call = new_method_call(PUT, "Put", "ay", (body,))
            if not self._safe:
                call.header.flags |= MessageFlag.no_reply_expected
            self._bus.send(call)
        answers = len(bodies) if self._safe else 0
        while answers:
            answer = self._bus.receive(timeout=SILENCE)
            if answer.header.message_type is not MessageType.signal:
                unwrap_msg(answer)
                answers -= 1

    def close(self) -> None:
        self._bus.close()


class Receiver:
    def __init__(self, place: Place) -> None:
        self._bus = open_dbus_connection(place.address["bus"])
        self._calls: list[object] = []
        if unwrap_msg(self._bus.send_and_get_reply(message_bus.RequestName(NAME))) != (1,):
            raise ConnectionError(f"the bus still has another {NAME}")

    def receive(self, seconds: float) -> list[bytes]:
        try:
            call = self._bus.receive(timeout=seconds)
        except TimeoutError:
            return []
        if call.header.message_type is not MessageType.method_call:
            return []
        if not call.header.flags & MessageFlag.no_reply_expected:
            self._calls.append(call)
        return [call.body[0]]

    def acknowledge(self) -> None:
        for call in self._calls:
            self._bus.send(new_method_return(call))
        self._calls.clear()

    def close(self) -> None:
        self._bus.close()
