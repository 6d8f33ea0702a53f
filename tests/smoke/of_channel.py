"""Breaches of the control channel, of the Hello, and of how an agent ends."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from queue import LifoQueue
from typing import Any, NoReturn

from agent import STDOUT, Agent, BeyondRepair, Channel
from google.protobuf.message import DecodeError
from lane import Request, Response

from tests.liars.lie import Liar, Lie

MOST = 128 << 20


def hello(change: Callable[[Any], None]) -> Lie:
    """Says another Hello."""

    class Says(Liar):
        def hello(self) -> Any:
            said = super().hello()
            change(said)
            return said

    return Lie(agent=Says)


def without(names: Any, *left_out: str) -> None:
    names[:] = [name for name in names if name not in left_out]


class Reader(Channel):
    """Reads as it should; what derives from it does not.

    keeps: whether the beginning of a message waits for its rest. most: bytes in a message. of_any_kind: whether what is
    no Request is handed on.
    """

    keeps, most, of_any_kind = True, MOST, True

    def read(self) -> Iterator[bytes]:
        buffer = bytearray()
        while chunk := self._chunk():
            buffer += chunk
            while len(buffer) >= 4 and (length := int.from_bytes(buffer[:4], "big")) <= len(buffer) - 4:
                message = bytes(buffer[4 : 4 + length])
                del buffer[: 4 + length]
                if self.of_any_kind or _decodes(message):
                    yield message
            if len(buffer) >= 4 and int.from_bytes(buffer[:4], "big") > self.most:
                raise BeyondRepair("too long")
            if not self.keeps:
                buffer.clear()
        self.ended(buffer)

    def ended(self, rest: bytearray) -> None:
        pass


def _decodes(message: bytes) -> bool:
    try:
        Request.FromString(message)
    except DecodeError:
        return False
    return True


def channel(kind: type[Channel]) -> Lie:
    """Speaks on such a channel."""

    class Speaks(Liar):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.channel.__class__ = kind

    return Lie(agent=Speaks)


class Forgets(Reader):
    keeps = False


class TakesAnyLength(Reader):
    most = 1 << 32


class PassesOver(Reader):
    of_any_kind = False


class WantsWholeMessages(Reader):
    def ended(self, rest: bytearray) -> None:
        if rest:
            raise BeyondRepair("half a message")


class WritesInHalves(Channel):
    def write(self, message: bytes) -> None:
        data = len(message).to_bytes(4, "big") + message
        half = len(data) // 2 if len(data) > 1 << 16 else len(data)
        os.write(self.sink, data[:half])
        rest = memoryview(data)[half:]
        while rest:
            time.sleep(0.01)  # the others write meanwhile
            rest = rest[os.write(self.sink, rest[: 1 << 16]) :]


class GreetsLate(Liar):
    def serve(self) -> None:
        self.channel.write(Response().SerializeToString())
        super().serve()


class NarrowIds(Liar):
    def reply(self, response: Any) -> None:
        response.id &= 2**32 - 1
        super().reply(response)


class LastComesFirst(Liar):
    def _start(self, number: int) -> Any:
        super()._start(number).put(None)
        requests: Any = LifoQueue()
        self.lanes[number] = requests
        work = threading.Thread(target=self._slowly, args=(requests,), daemon=True)
        work.start()
        return requests

    def _slowly(self, requests: Any) -> None:
        lane = self.lane_class(self.context)
        while request := requests.get():
            time.sleep(0.001)
            response = lane.perform(request)
            response.id = request.id
            self.reply(response)


class StdoutStays(Liar):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        os.dup2(STDOUT, 1)


class ExitsWith3(Liar):
    def exit(self, code: int) -> NoReturn:
        super().exit(code or 3)


class WaitsForLanes(Liar):
    def exit(self, code: int) -> NoReturn:
        for requests in self.lanes.values():
            requests.put(None)
        for thread in threading.enumerate():
            if thread.name.startswith("lane"):
                thread.join()
        super().exit(code)


class NoControlSocket(Liar):
    def __init__(self, *arguments: Any) -> None:
        os.environ.pop("INTEROP_CONTROL", None)
        super().__init__(*arguments)


class FallsBack(Liar):
    def __init__(self, *arguments: Any) -> None:
        with contextlib.suppress(OSError):
            super().__init__(*arguments)
            return
        del os.environ["INTEROP_CONTROL"]
        super().__init__(*arguments)


class FewSockets(Liar):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.context.set(2, 1023)  # ZMQ_MAX_SOCKETS


class KeepsUmask(Liar):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        os.umask(0o077)


def agent(kind: type[Agent]) -> Lie:
    """Is such an agent."""
    return Lie(agent=kind)  # type: ignore[arg-type]


BREACHES = {
    "the_first_message_is_the_hello": agent(GreetsLate),
    "the_hello_says_who_it_is": hello(lambda said: said.ClearField("language")),
    "the_hello_names_the_contract": hello(lambda said: setattr(said, "contract", 3)),
    "messages_come_in_any_cut": channel(Forgets),
    "each_request_gets_one_answer_with_its_id": agent(NarrowIds),
    "requests_are_written_ahead": agent(LastComesFirst),
    "answers_are_written_whole": channel(WritesInHalves),
    "stdout_is_moved_away": agent(StdoutStays),
    "the_end_of_the_channel_ends_it": agent(ExitsWith3),
    "the_end_of_the_channel_ends_it_while_lanes_wait": agent(WaitsForLanes),
    "the_channel_ends_in_the_middle_of_a_message": channel(WantsWholeMessages),
    "a_length_beyond_the_limit_ends_it": channel(TakesAnyLength),
    "bytes_that_are_no_request_end_it": channel(PassesOver),
    "it_speaks_on_a_control_socket": agent(NoControlSocket),
    "a_control_socket_out_of_reach_ends_it": agent(FallsBack),
    "every_lane_is_there": hello(lambda said: setattr(said, "lanes", 300)),
    "there_is_no_lane_beyond_the_last": hello(lambda said: setattr(said, "lanes", 255)),
    "more_sockets_than_a_context_has_by_default": agent(FewSockets),
    "what_is_not_claimed_is_unsupported": hello(lambda said: without(said.operations, "unbind")),
    "every_socket_type_opens": hello(lambda said: said.socket_types.append("TELEPATH")),
    "both_operations_or_neither": hello(lambda said: without(said.operations, "receive_event")),
    "every_message_type_is_there": hello(lambda said: without(said.message_types, "interop.payload.v1.Shapes")),
    "every_option_can_be_set": hello(lambda said: said.options.append("TELEPATHY")),
    "anyone_may_connect_over_ipc": agent(KeepsUmask),
    "the_hello_repeats_the_digest": hello(lambda said: setattr(said, "proto_digest", "0" * 64)),
    "the_hello_equals_the_claims": hello(lambda said: said.abilities.append("telepathy")),
}
