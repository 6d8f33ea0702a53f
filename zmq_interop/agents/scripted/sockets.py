"""The socket types of the in-memory network, each as its RFC describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from zmq_interop.agents.scripted.zmq import Message, Network, OptionValue, Pipe, Refused, Socket


class Push(Socket):
    talks_to: tuple[str, ...] = ("PULL",)

    def send(self, message: Message) -> bool:
        pipe = self._round_robin()
        if pipe is not None:
            pipe.push(message)
        return pipe is not None

    def receive(self) -> Message | None:
        raise Refused("ENOTSUP")


class Pull(Socket):
    talks_to = ("PUSH",)


class Dealer(Push):
    talks_to: tuple[str, ...] = ("DEALER", "ROUTER", "REP")

    def receive(self) -> Message | None:
        return Socket.receive(self)


class Pair(Dealer):
    talks_to = ("PAIR",)

    def accepts(self, other: Socket) -> bool:
        return super().accepts(other) and not self.pipes


class Req(Socket):
    """Sends a request and receives the reply in turn. An empty frame before the request ends the envelope for REP."""

    talks_to = ("REP", "ROUTER")

    def __init__(self, network: Network, context: str, wake: Callable[[], None]) -> None:
        super().__init__(network, context, wake)
        self._asked: Pipe | None = None

    def send(self, message: Message) -> bool:
        if self._asked is not None:
            raise Refused("EFSM")
        self._asked = self._round_robin()
        if self._asked is not None:
            self._asked.push((b"", *message))
        return self._asked is not None

    def receive(self) -> Message | None:
        if self._asked is None:
            raise Refused("EFSM")
        while self._inbox:
            pipe, message = self._inbox.popleft()
            if pipe is self._asked and message[0] == b"":
                self._asked = None
                return message[1:]
        return None


class Rep(Socket):
    """Receives and answers in turn. The envelope up to the empty frame routes the reply back."""

    talks_to = ("REQ", "DEALER")

    def __init__(self, network: Network, context: str, wake: Callable[[], None]) -> None:
        super().__init__(network, context, wake)
        self._back: tuple[Pipe, Message] | None = None

    def receive(self) -> Message | None:
        if self._back is not None:
            raise Refused("EFSM")
        while self._inbox:
            pipe, message = self._inbox.popleft()
            if b"" in message:
                end = message.index(b"") + 1
                self._back = pipe, message[:end]
                return message[end:]
        return None

    def send(self, message: Message) -> bool:
        if self._back is None:
            raise Refused("EFSM")
        (pipe, envelope), self._back = self._back, None
        if pipe in self.pipes:
            pipe.push((*envelope, *message))
        return True


class Router(Socket):
    """Addresses each connection by an id. Drops messages to unknown ids, or refuses them with ROUTER_MANDATORY."""

    talks_to = ("DEALER", "REQ", "ROUTER")
    _mandatory = False

    def set(self, name: str, value: OptionValue) -> None:
        if name == "ROUTER_MANDATORY":
            self._mandatory = bool(value)
        else:
            super().set(name, value)

    def receive(self) -> Message | None:
        if not self._inbox:
            return None
        pipe, message = self._inbox.popleft()
        return (pipe.id, *message)

    def send(self, message: Message) -> bool:
        pipe = next((pipe for pipe in self.pipes if pipe.other is not None and pipe.id == message[0]), None)
        if pipe is not None:
            pipe.push(message[1:])
        elif self._mandatory:
            raise Refused("EHOSTUNREACH")
        return True


class Xpub(Socket):
    """Sends to subscribers with a matching prefix. Delivers a topic's first subscription and last unsubscription."""

    talks_to = ("SUB", "XSUB")

    def send(self, message: Message) -> bool:
        for pipe in self.pipes:
            if any(message[0].startswith(topic) for topic in pipe.topics):
                pipe.push(message)
        return True

    def arrived(self, pipe: Pipe, message: Message) -> None:
        mark, topic = message[0][:1], message[0][1:]
        if mark not in (b"\0", b"\1"):
            super().arrived(pipe, message)
            return
        before = self._subscribed(topic)
        pipe.topics = pipe.topics | {topic} if mark == b"\1" else pipe.topics - {topic}
        if self._subscribed(topic) != before:
            super().arrived(pipe, message)

    def unlinked(self, pipe: Pipe) -> None:
        for topic in sorted(pipe.topics):
            self.arrived(pipe, (b"\0" + topic,))

    def _subscribed(self, topic: bytes) -> bool:
        return any(topic in pipe.topics for pipe in self.pipes)


class Pub(Xpub):
    def arrived(self, pipe: Pipe, message: Message) -> None:
        super().arrived(pipe, message)
        self._inbox.clear()  # a PUB cannot receive it

    def receive(self) -> Message | None:
        raise Refused("ENOTSUP")


class Xsub(Socket):
    """Subscribes with messages that begin with byte 1, unsubscribes with byte 0, and sends any other to all peers."""

    talks_to = ("PUB", "XPUB")

    def __init__(self, network: Network, context: str, wake: Callable[[], None]) -> None:
        super().__init__(network, context, wake)
        self._topics: Counter[bytes] = Counter()

    def send(self, message: Message) -> bool:
        mark, topic = message[0][:1], message[0][1:]
        if mark in (b"\0", b"\1"):
            before = self._topics[topic] > 0
            self._topics[topic] = max(0, self._topics[topic] + (1 if mark == b"\1" else -1))
            if before == (self._topics[topic] > 0):
                return True
        self._tell(self.pipes, message)
        return True

    def linked(self, pipe: Pipe) -> None:
        for topic, count in self._topics.items():
            if count:
                self._tell([pipe], (b"\1" + topic,))
        super().linked(pipe)

    @staticmethod
    def _tell(pipes: Iterable[Pipe], message: Message) -> None:
        for pipe in pipes:
            if pipe.other is not None:  # `linked` sends all subscriptions to one that is linked later
                pipe.push(message)


class Sub(Xsub):
    def set(self, name: str, value: OptionValue) -> None:
        if name in ("SUBSCRIBE", "UNSUBSCRIBE") and isinstance(value, bytes):
            super().send(((b"\1" if name == "SUBSCRIBE" else b"\0") + value,))
        else:
            super().set(name, value)

    def send(self, message: Message) -> bool:  # noqa: ARG002  unlike XSUB, SUB cannot send
        raise Refused("ENOTSUP")


TYPES: dict[str, type[Socket]] = {
    one.__name__.upper(): one for one in (Pair, Pub, Sub, Req, Rep, Dealer, Router, Pull, Push, Xpub, Xsub)
}
