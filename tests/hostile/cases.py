"""What is wrong with each hostile peer, and what the user is told about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from interop.control.v1.hello_pb2 import Library
from zmq_interop.core.verdicts import Kind, Verdict

BROKEN, FAIL = Verdict.BROKEN, Verdict.FAIL


class Case(NamedTuple):
    """A hostile peer: how it lives, what is wrong with its manifest or its Hello, and what becomes of its cell.

    says: what the message has in it, beside the name of the peer. verdict: None where it depends on whether the agent
    ends before its first cell has begun. incident: whether an agent was given up or did not end as it should.
    """

    says: tuple[str, ...]
    be: str = "refuse"
    change: Callable[[str], str] = str
    lie: Callable[[Any], None] = lambda _: None
    verdict: Verdict | None = BROKEN
    kind: Kind | None = None
    incident: bool = False


def replaced(old: str, new: str) -> Callable[[str], str]:
    """Changes a manifest's text."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def _put(name: str, value: object) -> Callable[[Any], None]:
    return lambda hello: setattr(hello, name, value)


STDOUT = "stdout is for the protocol only"

MANIFESTS = {
    "unknown-key": Case(
        ("peer.toml", "line 1", "`colour` is not known"), change=lambda text: 'colour = "red"\n' + text
    ),
    "wrong-type": Case(("peer.toml", "`claims.lanes`", "`int`"), change=replaced("lanes = 4", 'lanes = "four"')),
    "no-lanes": Case(("peer.toml", "`claims.lanes` is 0"), change=replaced("lanes = 4", "lanes = 0")),
    "missing-key": Case(("peer.toml", "`language` is missing"), change=replaced('language = "none"', "")),
    "not-toml": Case(("peer.toml", "line 1"), change=lambda text: "peer: {yaml: yes}\n"),
    "not-text": Case(("peer.toml",), change=lambda text: "\0\1\2" + text),
    "other-contract": Case(("peer.toml", "contract 2"), change=replaced("contract = 2", "contract = 7")),
    "slash": Case(("peer.toml", "'a/b'"), change=replaced('name = "slash"', 'name = "a/b"')),
    "much-too-long": Case(("peer.toml", "bytes long"), change=lambda text: text + "#" * 10_000_000),
    "no-program": Case(("no/such/agent", "run.command"), change=replaced('"{python}", "-S"', '"no/such/agent"')),
    "no-command": Case(("peer.toml", "run.command"), change=lambda text: re.sub("command = .*", "command = []", text)),
    "no-inputs": Case(
        ("build.inputs",), change=lambda text: text + '\n[build]\ncommand = ["true"]\ninputs = ["*.none"]\n'
    ),
    "glob-of-others": Case(
        ("build.inputs", "'../../**/*'"),
        change=lambda text: text + '\n[build]\ncommand = ["true"]\ninputs = ["../../**/*"]\n',
    ),
    "program-of-others": Case(
        ("../../x", "does not start", "run.command"), change=replaced('"{python}", "-S"', '"../../x"')
    ),
    "probe-that-steers": Case(
        ("needs \x1b[2Jgold", "peer.toml names no package for this system"),
        change=lambda text: text + '\n[[needs]]\nwhat = "\\u001b[2Jgold"\nprobe = ["no-such-program", "\\u001b"]\n',
    ),
    "build-fails": Case(
        ("the build failed with status 7", "no such luck"),
        change=lambda text: (
            text + '\n[build]\ncommand = ["sh", "-c", "echo no such luck; exit 7"]\ninputs = ["*.toml"]\n'
        ),
    ),
}

HELLOS = {
    "other-version": Case(("contract 3",), lie=_put("contract", 3)),
    "other-name": Case(
        ("Hello.peer is 'other-name'", "peer.toml says 'somebody'"),
        change=replaced('name = "other-name"', 'name = "somebody"'),
    ),
    "other-peer": Case(("'python'",), lie=_put("peer", "python")),
    "stale": Case(("stale",), lie=_put("proto_digest", "0" * 64)),
    "claims-more": Case(
        ("socket_types", "in Hello but not claimed in peer.toml: ROUTER"),
        lie=lambda hello: hello.socket_types.append("ROUTER"),
    ),
    "claims-less": Case(
        ("socket_types", "claimed in peer.toml but missing from Hello: PULL"),
        lie=lambda hello: hello.socket_types.remove("PULL"),
    ),
    "other-lanes": Case(("lanes: peer.toml claims 4, Hello says 9",), lie=_put("lanes", 9)),
    "many-lanes": Case(("lanes: peer.toml claims 4, Hello says 2147483648",), lie=_put("lanes", 1 << 31)),
    "hundred-libraries": Case(("100 libraries",), lie=lambda hello: hello.libraries.extend([Library()] * 100)),
    "language-that-steers": Case((r"'\x1b[2J'",), lie=_put("language", "\x1b[2J")),
    "many-options": Case(
        ("and 49990 more",), lie=lambda hello: hello.options.extend(f"{number:06}" for number in range(50_000))
    ),
    "no-messages": Case(("interop.payload.v1.DataMessage",), lie=lambda hello: hello.ClearField("message_types")),
}

DIALOGUES = {
    "print-first": Case(("before its Hello", STDOUT), be="print-first"),
    "answer-first": Case(("before its Hello", "id 7"), be="answer-first"),
    "huge-hello": Case(("2147483648 bytes", STDOUT), be="huge-hello"),
    "huge-answer": Case(("2147483648 bytes",), be="huge-answer", incident=True),
    "half-hello": Case(("before its Hello", "in the middle of an answer", "exited with 0"), be="half-hello"),
    "half-answer": Case(
        ("in the middle of an answer", "exited with 0"),
        be="half-answer",
        verdict=FAIL,
        kind=Kind.CRASHED,
        incident=True,
    ),
    "garbage-hello": Case(("not a Response", STDOUT), be="garbage-hello"),
    "garbage-answer": Case(("not a Response", STDOUT), be="garbage-answer", incident=True),
    "nothing": Case(("did not send its Hello within",), be="nothing"),
    "exit-at-once": Case(("before its Hello", "exited with 0"), be="exit-at-once"),
    "exit-after-hello": Case(
        ("closed its control channel", "exited with 3"), be="exit-after-hello", verdict=None, incident=True
    ),
    "abort": Case(
        ("closed its control channel", "SIGABRT"), be="abort", verdict=FAIL, kind=Kind.CRASHED, incident=True
    ),
    "hang": Case(("did not answer within",), be="hang", verdict=FAIL, kind=Kind.HUNG, incident=True),
    "flood-for-ever": Case(
        ("closed its control channel", "SIGKILL"), be="flood-for-ever", verdict=FAIL, kind=Kind.CRASHED, incident=True
    ),
    "empty-frames": Case(("answered too much", "frames"), be="empty-frames", incident=True),
    "long-endpoint": Case(("answered too much", "without a message"), be="long-endpoint", incident=True),
    "many-numbers": Case(("answered too much", "a burst's result"), be="many-numbers", incident=True),
    "many-libraries": Case(("before its Hello", "a Hello of"), be="many-libraries"),
    "steer": Case(("EINVAL",), be="steer", verdict=FAIL, kind=Kind.REFUSED),
    "flood-stdout": Case(("2147483648 bytes",), be="flood-stdout", incident=True),
}

# Nothing is wrong with how they answer: what they answer is what becomes of their cells.
ENDINGS = {
    "elsewhere": Case(("192.0.2.1",), be="elsewhere", verdict=FAIL, kind=Kind.UNEXPECTED),
    "deaf": Case(("EINVAL",), be="deaf", verdict=FAIL, kind=Kind.REFUSED, incident=True),
    "stubborn": Case(("EINVAL",), be="stubborn", verdict=FAIL, kind=Kind.REFUSED, incident=True),
    "flood": Case(("EINVAL",), be="flood", verdict=FAIL, kind=Kind.REFUSED),
    "grandchild": Case(("EINVAL",), be="grandchild", verdict=FAIL, kind=Kind.REFUSED),
}

CASES: dict[str, Case] = {**MANIFESTS, **HELLOS, **DIALOGUES, **ENDINGS}
