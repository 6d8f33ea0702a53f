"""The output of `interop smoke`: the failures in the order of the contract, the count, and what to do next."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from google.protobuf import text_format
from google.protobuf.message import DecodeError

from interop.control.v1.control_pb2 import Request, Response
from zmq_interop.agents.control.framing import FramingError, Unframer
from zmq_interop.core.peer import OPERATIONS
from zmq_interop.smoke import claims_block
from zmq_interop.smoke.agent import Said
from zmq_interop.smoke.checks.manifest import the_hello_equals_the_claims
from zmq_interop.smoke.play import CheckOutcome, Played, Result
from zmq_interop.smoke.unlocks import Unlocks
from zmq_interop.system.clip import clip

WIDTH = 120
_SHOWN = 10  # last writes on the channel
_BYTES = 48  # of a write, in hexadecimal
_TEXT = 300  # characters of a message as text
_NAMED = 3  # examples in a list of names
_STDERR_LINES = 5


def render(name: str, played: Played, unlocked: Unlocks | None) -> list[str]:
    """The lines of the whole report. name: of the peer. unlocked: None if no Hello arrived."""
    lines = [_who(name, played)]
    lines += _failures(played)
    parts = [_left_out(played.results), _operations(played), _catalogue(unlocked) if unlocked else ()]
    for part in map(list, parts):
        lines += ["", *part] if part else []
    return [*lines, "", _count(played.results)]


def _failures(played: Played) -> Iterator[str]:
    for result in played.results:
        if result.outcome is CheckOutcome.FAIL:
            yield ""
            yield from _failure(result)
            if result.check.name == the_hello_equals_the_claims.__name__ and played.hello is not None:
                yield from _field("", "If the Hello is right, put this in peer.toml:")
                yield ""
                yield from claims_block.of(played.hello)


def _who(name: str, played: Played) -> str:
    if played.hello is None:
        return f"{name}: no Hello received"
    hello = played.hello
    libraries = ", ".join(f"{one.name} {one.version}" for one in hello.libraries)
    return f"{name}: {hello.language}: {libraries}; {hello.lanes} lanes"


def _failure(result: Result) -> Iterator[str]:
    check = result.check
    yield f"FAIL {check.section}: {check.title}"
    yield from _field("wrong", result.why)
    yield from _field("asked", f'{check.where}: "{check.asks}"')
    said = result.record[-_SHOWN:]
    if len(said) < len(result.record):
        yield from _field("", f"... {len(result.record) - len(said)} earlier messages ...")
    for one in said:
        yield from _said(one)
    if result.stderr.strip():
        yield from _field("stderr", " | ".join(result.stderr.strip().splitlines()[-_STDERR_LINES:]))
    yield from _field("next", check.mend)


def _field(name: str, text: str) -> Iterator[str]:
    wrapped = textwrap.wrap(text, WIDTH - 12, break_on_hyphens=False) or [""]
    for number, line in enumerate(wrapped):
        yield f"  {name if not number else '':<8}  {line}"


def _said(one: Said) -> Iterator[str]:
    shown = one.data[:_BYTES].hex(" ", -4)
    more = f" ... ({len(one.data)} bytes)" if len(one.data) > _BYTES else ""
    yield from _field("sent" if one.sent else "received", shown + more)
    for text in _decoded(one):
        yield from _field("", text)


def _decoded(one: Said) -> Iterator[str]:
    """The messages in these bytes as text; of several, only the first and the last."""
    unframer = Unframer()
    kind = Request if one.sent else Response
    try:
        found = unframer.feed(one.data)
    except FramingError as error:
        yield f"= {error}; as text: {one.data[:_BYTES]!r}"
        return
    for number, message in enumerate(found):
        if number == 1 and len(found) > 2:
            yield f"= ... {len(found) - 2} more messages ..."
        if number in (0, len(found) - 1):
            yield f"= {clip(_text(kind, message), _TEXT)}"
    if unframer.pending:
        yield f"= {unframer.pending} bytes of an incomplete message"


def _text(kind: type[Request] | type[Response], message: bytes) -> str:
    try:
        decoded = kind.FromString(message)
    except DecodeError:
        return f"no {kind.__name__}"
    return f"{kind.__name__} {{ {text_format.MessageToString(decoded, as_one_line=True)} }}"


def _left_out(results: Iterable[Result]) -> Iterator[str]:
    for outcome in (CheckOutcome.UNCLAIMED, CheckOutcome.UNSEEN, CheckOutcome.UNREACHED):
        why: dict[str, list[str]] = {}
        for one in results:
            if one.outcome is outcome:
                why.setdefault(one.why, []).append(one.check.title)
        for reason, titles in why.items():
            yield from _wrapped(f"{outcome.value}: {reason}: ", _some(titles))


def _operations(played: Played) -> Iterator[str]:
    done = [name for name in OPERATIONS if name in played.done]
    to_do = [name for name in OPERATIONS if name not in played.done]
    yield from _wrapped(f"operations done, {len(done)} of {len(OPERATIONS)}: ", " ".join(done) or "none")
    if to_do:
        yield from _wrapped(f"operations to do, {len(to_do)}: ", " ".join(to_do))


def _catalogue(unlocked: Unlocks) -> Iterator[str]:
    whole = len(unlocked.playable) + sum(len(step.scenarios) for step in unlocked.steps)
    yield f"scenarios that it can run in every role: {len(unlocked.playable)} of {whole} (docs/scenarios.md)"
    if unlocked.steps:
        yield "what would let it run more, most useful first; each count assumes the lines above it:"
    for step in unlocked.steps:
        some = ", ".join(step.scenarios[:_NAMED]) + (", ..." if len(step.scenarios) > _NAMED else "")
        yield from _wrapped(f"  +{len(step.scenarios):<3} ", f"{things(step.things)}: {some}")


def things(names: Iterable[str]) -> str:
    """The missing claims as text, grouped by kind: "operations bind connect, socket type PUSH"."""
    sorts: dict[str, list[str]] = {}
    for name in names:
        sort, _, one = name.rpartition(" ")
        sorts.setdefault(sort, []).append(one)
    parts = []
    for sort, ones in sorts.items():
        many = f"{sort.removesuffix('y')}ies" if sort.endswith("y") else f"{sort}s"
        lanes = ones == ["lanes"]
        parts.append(f"{sort} lanes" if lanes else f"{many if len(ones) > 1 else sort} {' '.join(ones)}")
    return ", ".join(parts)


def _wrapped(head: str, text: str) -> Iterator[str]:
    indent = " " * (len(head) if len(head) < 12 else 4)
    yield from textwrap.wrap(head + text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _some(titles: list[str]) -> str:
    more = f", and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    return ", ".join(itertools.islice(titles, _NAMED)) + more


def _count(results: tuple[Result, ...]) -> str:
    counts = Counter(one.outcome for one in results)
    return f"checks {len(results)} = " + " + ".join(f"{outcome.value} {counts[outcome]}" for outcome in CheckOutcome)
