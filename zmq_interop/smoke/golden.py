"""docs/golden-frames.md and .json: one dialogue, byte by byte, to test an agent without the harness.

`tools/golden` writes both. A test sends the Requests to a real agent, and compares its answers with these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf import text_format

from interop.control.v1.control_pb2 import ErrorCode, Request, Response
from zmq_interop.agents.control.framing import frame
from zmq_interop.smoke.checks.typed import DATA, ODD, SHAPES

ENDPOINT = "inproc://golden"
_HELLO = {
    "contract": 2,
    "peer": "mine",
    "language": "Mine 1.0",
    "libraries": [{"name": "libzmq", "version": "4.3.5"}],
    "proto_digest": "0123abcd",
    "lanes": 1,
    "socket_types": ["PUSH", "PULL"],
    "transports": ["tcp", "inproc"],
    "mechanisms": ["NULL"],
    "options": ["LINGER", "SNDHWM"],
    "message_types": [DATA],
    "operations": ["open", "close_all"],
}
_TYPED = {"type": DATA, "value": b"\x0a\x02hi\x10\x07"}
_ANEW = bytes.fromhex("0a0405060708 120161 120162 1a0408021003 22026869 3001 41000000000000f03f")
_HEAD = """# Golden frames

One dialogue with an agent, byte by byte, to test an agent's reading, writing and answers without the harness. Each
frame is a length-prefixed message in hexadecimal, and again as text. The Requests are sent in this order, on one lane,
to an agent that claims everything they need; [golden-frames.json](golden-frames.json) has them for unit tests.

Decode each Request and encode each Response; the values must match. Field order may differ, and so may everything that
depends on your library: `text` of an error, `elapsed_ns`, the Hello. `tools/golden` writes this page.
"""


class Golden(NamedTuple):
    """A Request and its Response. what: a description. request: None for the Hello."""

    what: str
    request: Request | None
    response: Response


def dialogue() -> list[Golden]:
    """The whole dialogue, in order."""
    return [
        Golden("The Hello, unasked; yours has your own values", None, _response(0, {"hello": _HELLO})),
        *(
            Golden(what, _request(id, {name: fields}), _response(id, answer))
            for id, (what, name, fields, answer) in enumerate(_EXCHANGES, 1)
        ),
        _last(len(_EXCHANGES) + 1),
    ]


def _last(id: int) -> Golden:
    answer = _response(id, _error("UNSUPPORTED", "", "no operation is set, or one that I do not know"))
    return Golden("A Request without an operation that is known", Request(id=id), answer)


def _request(id: int, operation: dict[str, Any]) -> Request:
    return Request(id=id, **operation)


def _response(id: int, result: dict[str, Any]) -> Response:
    return Response(id=id, **result)


def _error(code: str, errno_name: str, text: str) -> dict[str, Any]:
    number = ErrorCode.Value(f"ERROR_CODE_{code}")
    return {"error": {"code": number, "errno_name": errno_name, "text": text}}


def _number(name: str, value: int) -> dict[str, Any]:
    return {"name": name, "value": {"number": value}}


_EXCHANGES: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("Open", "open", {"socket": 1, "type": "PULL"}, {}),
    ("Open with an option", "open", {"socket": 2, "type": "PUSH", "options": [_number("SNDHWM", 7)]}, {}),
    ("Open, a handle that is taken", "open", {"socket": 1, "type": "PULL"}, _error("INVALID", "", "socket 1 is open")),
    ("Open, an unknown type", "open", {"socket": 3, "type": "X"}, _error("UNSUPPORTED", "", "socket type X")),
    ("SetOption", "set_option", {"socket": 1, "option": _number("LINGER", -1)}, {}),
    ("GetOption", "get_option", {"socket": 1, "name": "LINGER"}, {"value": {"number": -1}}),
    ("Monitor", "monitor", {"socket": 1}, {}),
    (
        "ReceiveEvent, no event",
        "receive_event",
        {"socket": 1, "timeout_ms": 10},
        _error("AGAIN", "EAGAIN", "no event within 10 ms"),
    ),
    ("Bind", "bind", {"socket": 1, "endpoint": ENDPOINT}, {"endpoint": ENDPOINT}),
    ("Bind, refused", "bind", {"socket": 2, "endpoint": ENDPOINT}, _error("NATIVE", "EADDRINUSE", "zmq_bind")),
    ("Connect", "connect", {"socket": 2, "endpoint": ENDPOINT}, {"endpoint": ENDPOINT}),
    (
        "Receive, no message",
        "receive",
        {"socket": 1, "timeout_ms": 10},
        _error("AGAIN", "EAGAIN", "nothing within 10 ms"),
    ),
    ("Send, two raw frames", "send", {"socket": 2, "frames": [{"raw": b""}, {"raw": b"hi"}], "timeout_ms": 1000}, {}),
    (
        "Receive",
        "receive",
        {"socket": 1, "timeout_ms": 1000},
        {"message": {"frames": [{"raw": b""}, {"raw": b"hi"}]}},
    ),
    ("Send, a typed frame", "send", {"socket": 2, "frames": [{"typed": _TYPED}], "timeout_ms": 1000}, {}),
    (
        "Receive, typed",
        "receive",
        {"socket": 1, "timeout_ms": 1000, "types": [DATA]},
        {"message": {"frames": [{"typed": _TYPED}]}},
    ),
    (
        "Send, bytes in an order that no encoder writes",
        "send",
        {"socket": 2, "frames": [{"raw": ODD}], "timeout_ms": 1000},
        {},
    ),
    (
        "Receive, typed: re-encoded",
        "receive",
        {"socket": 1, "timeout_ms": 1000, "types": [SHAPES]},
        {"message": {"frames": [{"typed": {"type": SHAPES, "value": _ANEW}}]}},
    ),
    (
        "Send, a typed frame that cannot be decoded",
        "send",
        {"socket": 2, "frames": [{"typed": {"type": DATA, "value": b"\x0a\x05abc"}}], "timeout_ms": 1000},
        _error("PAYLOAD", "", "5 bytes are not a DataMessage"),
    ),
    (
        "SendBurst",
        "send_burst",
        {"socket": 2, "count": 2, "size": 8, "first": 40, "timeout_ms": 1000},
        {"burst": {"count": 2, "bytes": 16, "elapsed_ns": 5000}},
    ),
    (
        "ReceiveBurst",
        "receive_burst",
        {"socket": 1, "count": 2, "timeout_ms": 1000, "numbers": True},
        {"burst": {"count": 2, "bytes": 16, "elapsed_ns": 6000, "numbers": [40, 41]}},
    ),
    ("Close", "close", {"socket": 2}, {}),
    ("Close, a handle that is not there", "close", {"socket": 2}, _error("INVALID", "", "socket 2 is not open")),
    ("CloseAll", "close_all", {}, {"closed": 1}),
    (
        "Program",
        "program",
        {"steps": [{"open": {"socket": 1, "type": "PULL"}}, {"close_all": {}}]},
        {"program": {"results": [{}, {"closed": 1}]}},
    ),
    (
        "Program, the second step fails",
        "program",
        {"steps": [{"open": {"socket": 1, "type": "PULL"}}, {"close": {"socket": 2}}, {"close_all": {}}]},
        {"program": {"results": [{}, _error("INVALID", "", "socket 2 is not open")]}},
    ),
)


def page() -> str:
    """The text of docs/golden-frames.md."""
    lines = [_HEAD]
    for one in dialogue():
        lines += [f"## {one.what}", ""]
        lines += [*_shown("Request", one.request), ""] if one.request else []
        lines += _shown("Response", one.response)
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def data() -> str:
    """The text of docs/golden-frames.json: a list of {what, request, response}.

    Frames are in hexadecimal; the request of the Hello is null.
    """
    found = [
        {"what": one.what, "request": _hex(one.request) if one.request else None, "response": _hex(one.response)}
        for one in dialogue()
    ]
    return json.dumps(found, indent=2) + "\n"


def _hex(message: Request | Response) -> str:
    return frame(message.SerializeToString()).hex()


def _shown(kind: str, message: Request | Response) -> Iterator[str]:
    text = text_format.MessageToString(message, as_one_line=True)
    data = _hex(message)
    yield f"    {kind} {{ {text} }}"
    yield from (f"    {data[at : at + 96]}" for at in range(0, len(data), 96))


def write(folder: Path) -> None:
    """Writes both files into a folder."""
    for name, content in (("md", page()), ("json", data())):
        (folder / f"golden-frames.{name}").write_text(content)
