"""docs/peer-contract.md: typed frames, protos of users, and bytes that mean harm."""

from typing import Any

import pytest

from tests.contract.driver import BROKEN, Agent, Protos

SHAPES = "interop.payload.v1.Shapes"
DATA_MESSAGE = "interop.payload.v1.DataMessage"
# Fields in falling order, also within `origin`, both sides of `label`, `numbers` one by one and then packed.
SHAPES_ODD = bytes.fromhex(
    "41000000000000f03f 3000 3001 290100000000000000 22026869 1a0410030802 120161 120162 0805 0a020607 0808"
)


# What some compilers refuse: optional fields in proto3, editions, groups.
MAYBE = {f"types/{name}.proto" for name in ("optional", "imports_optional", "edition", "group")}


def typed(name: str, value: bytes) -> dict[str, Any]:
    return {"typed": {"type": name, "value": value}}


@pytest.mark.parametrize("side", ["send", "receive"])
def test_the_library_encodes_typed_frames(agent: Agent, protos: Protos, side: str) -> None:
    """Typed frames: decoded with the library and encoded again, on either side; bytes passed through are found out."""
    agent.link()
    wanted = protos[SHAPES](
        numbers=[5, 6, 7, 8], words=["a", "b"], origin={"x": 1, "y": -2}, text="hi", flag=True, ratio=1
    )
    assert protos[SHAPES].FromString(SHAPES_ODD) == wanted
    agent.send({"raw": b""}, typed(SHAPES, SHAPES_ODD) if side == "send" else {"raw": SHAPES_ODD}, {"raw": b"end"})
    first, shapes, last = agent.receive("", SHAPES if side == "receive" else "")
    assert (first, last) == (b"", b"end")
    # Libraries differ in the order of fields, hence no comparison of bytes; but all write the same number of them.
    assert protos[SHAPES].FromString(shapes) == wanted
    assert len(shapes) == len(wanted.SerializeToString()) < len(SHAPES_ODD)


def test_types_of_users(agent: Agent, protos: Protos) -> None:
    """Typed frames: no type is wired in by hand; nested ones, maps and imports work."""
    agent.link()
    order = protos["contract.user.Order"](
        items=[{"name": "n", "count": 2}], prices={"a": -1, "": 0}, note={"timestamp": -9}
    )
    item = protos["contract.user.Order.Item"](count=2**32 - 1)
    agent.send(
        typed("contract.user.Order", order.SerializeToString()),
        typed("contract.user.Order.Item", item.SerializeToString()),
    )
    received = agent.receive("contract.user.Order", "contract.user.Order.Item")
    assert type(order).FromString(received[0]) == order
    assert type(item).FromString(received[1]) == item


def test_values_of_typed_frames(agent: Agent, protos: Protos) -> None:
    """Typed frames: a message of defaults is an empty frame; the answer of Receive names the type."""
    agent.link()
    for content, timestamp in (("", 0), ("naïve ☃", -1), ("x" * 70_000, 2**63 - 1)):
        message = protos[DATA_MESSAGE](content=content, timestamp=timestamp)
        agent.send(typed(DATA_MESSAGE, message.SerializeToString()))
        frames = agent.do(receive={"socket": 1, "types": [DATA_MESSAGE], "timeout_ms": 20_000}).message.frames
        assert [frame.typed.type for frame in frames] == [DATA_MESSAGE]
        assert protos[DATA_MESSAGE].FromString(frames[0].typed.value) == message


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("interop.payload.v1.Nobody", b"", "UNSUPPORTED"),
        ("DataMessage", b"", "UNSUPPORTED"),
        (DATA_MESSAGE, b"\x0a\x05abc", "PAYLOAD"),  # a string that ends too early
        (DATA_MESSAGE, b"\x10" + b"\xff" * 11, "PAYLOAD"),  # a number without end
        (SHAPES, b"\x00\x01", "PAYLOAD"),  # field 0
    ],
)
def test_typed_frames_that_cannot_be(agent: Agent, name: str, value: bytes, error: str) -> None:
    """Typed frames: when a later frame fails, none is sent; on Receive the whole message has been taken; in either case
    the next Request is carried out as if nothing had been."""
    agent.link()
    frames = [{"raw": b"first"}, typed(name, value), {"raw": b"last"}]
    assert agent.error(send={"socket": 2, "frames": frames, "timeout_ms": 20_000}) == error
    agent.send({"raw": b"first"}, {"raw": value}, {"raw": b"last"})
    assert agent.error(receive={"socket": 1, "types": ["", name], "timeout_ms": 20_000}) == error
    agent.send({"raw": b"next"})
    assert agent.receive() == [b"next"]


@pytest.mark.parametrize("file", ["types/user.proto", *sorted(MAYBE)])
def test_protos_are_taken_or_refused(agent: Agent, protos: Protos, file: str) -> None:
    """The build: a user's proto that the compiler refuses, and what imports it, is named with the reason, and its types
    are none. All others are there."""
    agent.link()
    hello = agent.hello.hello
    refused = {refusal.file: refusal.reason for refusal in hello.refused}
    assert BROKEN <= set(refused) <= BROKEN | MAYBE, "plain proto3 without a mistake is never refused"
    assert len(refused) == len(hello.refused)
    assert all(refused.values())
    assert not any(reason.startswith(("[", "-")) for reason in refused.values()), "not where a compiler stumbled"
    assert ("types/optional.proto" in refused) == ("types/imports_optional.proto" in refused)
    types = protos.payloads(file)
    if file not in refused:
        assert types <= set(hello.message_types)
        return
    assert not types & set(hello.message_types)
    for name in types:
        assert agent.error(send={"socket": 2, "frames": [typed(name, b"")], "timeout_ms": 20_000}) == "UNSUPPORTED"


def test_the_projects_own_types_are_there(agent: Agent, protos: Protos) -> None:
    """The build: the protos below interop/ are taken by every peer."""
    own = [file for file in protos.files if file.startswith("interop/")]
    assert protos.payloads(*own) <= set(agent.hello.hello.message_types)


def within(levels: int, innermost: bytes = b"") -> bytes:
    """The bytes of contract.user.Tree, so many levels deep."""
    parts, length = [innermost], len(innermost)
    for _ in range(levels):
        head = b"\x0a" + varint(length)
        parts.append(head)
        length += len(head)
    return b"".join(reversed(parts))


def varint(number: int) -> bytes:
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


TREE = "contract.user.Tree"
HOSTILE = {
    "truncated": (SHAPES, SHAPES_ODD[:-1]),
    "truncated inside": (TREE, within(50)[:-1]),
    "truncated key": (DATA_MESSAGE, b"\x8a"),
    "string as number": (DATA_MESSAGE, b"\x08\x05"),
    "number as string": (DATA_MESSAGE, b"\x12\x01x"),
    "number as message": (TREE, b"\x08\x05"),
    "no such wire type": (DATA_MESSAGE, b"\x0f\x01"),
    "group without end": (DATA_MESSAGE, b"\x0b" * 100),
    "end without group": (DATA_MESSAGE, b"\x0c"),
    "groups within groups": (DATA_MESSAGE, b"\x53" * 10_000 + b"\x54" * 10_000),
    "varint of 11 bytes": (DATA_MESSAGE, b"\x10" + b"\xff" * 10 + b"\x01"),
    "varint of 1000 bytes": (DATA_MESSAGE, b"\x10" + b"\x80" * 999 + b"\x01"),
    "key of 11 bytes": (DATA_MESSAGE, b"\x90" + b"\x80" * 9 + b"\x01\x05"),
    "packed and cut": (SHAPES, b"\x0a\x03\x05\x80\x80"),
    "length of 2 GiB": (DATA_MESSAGE, b"\x0a" + varint(2**31 - 1) + b"x"),
    "length of 4 GiB": (DATA_MESSAGE, b"\x0a" + varint(2**32 - 1) + b"x"),
    "length without end": (DATA_MESSAGE, b"\x0a" + varint(2**64 - 1) + b"x"),
    "length that wraps round": (TREE, b"\x0a" + varint(2**64 - 8) + b"\x0a\x00"),
    "no UTF-8": (DATA_MESSAGE, b"\x0a\x02\xc3\x28"),
    "10,000 levels": (TREE, within(10_000)),
    "10,000 levels, cut": (TREE, within(10_000, b"\x80")),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("side", ["send", "receive"])
def test_hostile_payloads(agent: Agent, protos: Protos, side: str, case: str) -> None:
    """Errors: bytes that do not decode must not end the agent. What it makes of them is its library's business, PAYLOAD
    or a message; the next Request is carried out as if nothing had been."""
    name, value = HOSTILE[case]
    agent.link()
    if side == "send":
        response = agent.call(send={"socket": 2, "frames": [typed(name, value)], "timeout_ms": 20_000})
    else:
        agent.send({"raw": value})
        response = agent.call(receive={"socket": 1, "types": [name], "timeout_ms": 20_000})
    if response.WhichOneof("result") == "error":
        assert agent.error_of(response) == "PAYLOAD"
    elif side == "send":
        agent.receive()
    message = protos[DATA_MESSAGE](content="next", timestamp=1)
    agent.send(typed(DATA_MESSAGE, message.SerializeToString()))
    assert [protos[DATA_MESSAGE].FromString(frame) for frame in agent.receive(DATA_MESSAGE)] == [message]
