"""A program under test that behaves, or not: `fake.py MODE ENDPOINT...`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import zmq

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


def relay(endpoint_in: str, endpoint_out: str) -> None:
    """Passes on what comes, doubled, dropped or changed where the message asks for that."""
    context = zmq.Context()
    source, sink = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sink.connect(endpoint_out)
    source.bind(endpoint_in)
    print(f"ready {os.getpid()}", flush=True)
    while True:
        frames = source.recv_multipart()
        text = frames[-1]
        if b"die" in text:
            print("what a bad message", flush=True)
            sys.exit(3)
        if b"leave" in text:
            sys.exit(0)
        if b"abort" in text:
            os.abort()
        if b"flood" in text:
            while True:
                print("x" * 65536, flush=True)
        if b"say" in text:
            print(text.decode(), flush=True)
        if b"drop" in text:
            continue
        sink.send_multipart([frame.replace(b"change", b"chance") for frame in frames])
        if b"twice" in text:
            sink.send_multipart(frames)


def answer(endpoint: str, events: str) -> None:
    """Answers requests on a REP, and publishes each on a PUB, with a topic."""
    context = zmq.Context()
    replies, publisher = context.socket(zmq.REP), context.socket(zmq.PUB)
    publisher.bind(events)
    replies.bind(endpoint)
    while True:
        asked = replies.recv()
        publisher.send_multipart([b"seen", asked])
        replies.send(asked)


def by_hand(endpoint_in: str, endpoint_out: str) -> None:
    """Takes the first field of a DataMessage out of its bytes by its place, and passes it on: no decoder does that."""
    context = zmq.Context()
    source, sink = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sink.connect(endpoint_out)
    source.bind(endpoint_in)
    while True:
        message = source.recv()
        sink.send(message[: 2 + message[1]])


def drain(endpoint: str) -> None:
    """Takes what comes; what it cannot digest ends it."""
    source = zmq.Context().socket(zmq.PULL)
    source.bind(endpoint)
    while True:
        message = source.recv()
        print("took", message.hex(), flush=True)
        if b"poison" in message:
            sys.exit(4)


def ask(endpoint: str, events: str, spare: str, message: bytes = b"\x0a\x01a\x10\x05") -> None:
    """Asks once, and listens to what is published; its PUSH sends nothing. message: what it asks."""
    context = zmq.Context()
    requests, subscriber, push = context.socket(zmq.REQ), context.socket(zmq.SUB), context.socket(zmq.PUSH)
    push.connect(spare)
    subscriber.connect(events)
    subscriber.subscribe(b"seen")
    requests.connect(endpoint)
    requests.send(message)  # DataMessage, content "a", timestamp 5
    print("answered", requests.recv().hex(), flush=True)
    print("seen", subscriber.recv_multipart()[1].hex(), flush=True)
    time.sleep(600)


def route(endpoint: str) -> None:
    """A ROUTER that answers whoever asks."""
    router = zmq.Context().socket(zmq.ROUTER)
    router.bind(endpoint)
    while True:
        router.send_multipart(router.recv_multipart())


def work(endpoint: str, name: str) -> None:
    """A DEALER that says its name, then answers."""
    dealer = zmq.Context().socket(zmq.DEALER)
    dealer.connect(endpoint)
    dealer.send(name.encode())
    while True:
        dealer.send(dealer.recv())


def listen(endpoint: str, out: str) -> None:
    """A SUB with two subscriptions that passes on what it gets."""
    context = zmq.Context()
    subscriber, sink = context.socket(zmq.SUB), context.socket(zmq.PUSH)
    sink.connect(out)
    subscriber.connect(endpoint)
    subscriber.subscribe(b"a")
    subscriber.subscribe(b"b")
    while True:
        sink.send_multipart(subscriber.recv_multipart())


def broker(inner: str, outer: str) -> None:
    """XSUB and XPUB."""
    context = zmq.Context()
    xsub, xpub = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
    xsub.bind(inner)
    xpub.bind(outer)
    zmq.proxy(xsub, xpub)


def main(mode: str, *rest: str) -> None:
    match mode:
        case "relay":
            relay(*rest)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            relay(*rest)
        case "parent":
            for own_session in (False, True):
                subprocess.Popen(SLEEP, start_new_session=own_session)
            relay(*rest)
        case "config":
            relay(*Path(rest[0]).read_text().split())
        case "environment":
            print("the secret is", os.environ["SECRET"], flush=True)
            relay(os.environ["IN"], os.environ["OUT"])
        case "chooses":
            context = zmq.Context()
            socket = context.socket(zmq.PULL)
            port = socket.bind_to_random_port("tcp://127.0.0.1")
            sink = context.socket(zmq.PUSH)
            sink.connect(rest[0])
            print(f"listening on port {port}", flush=True)
            while True:
                sink.send(socket.recv())
        case "answer":
            answer(*rest)
        case "by-hand":
            by_hand(*rest)
        case "sink":
            drain(*rest)
        case "ask":
            ask(rest[0], rest[1], rest[2])
        case "ask-old":
            ask(rest[0], rest[1], rest[2], b"\x0a\x01a\x18\x05")  # when the timestamp was field 3
        case "route":
            route(*rest)
        case "work":
            work(*rest)
        case "listen":
            listen(*rest)
        case "broker":
            broker(*rest)
        case "mute":
            time.sleep(600)
        case "elsewhere":
            socket = zmq.Context().socket(zmq.PULL)
            print("port", socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
            time.sleep(600)
        case "early":
            print("no such table: orders", file=sys.stderr, flush=True)
            sys.exit(7)


if __name__ == "__main__":
    main(*sys.argv[1:])
