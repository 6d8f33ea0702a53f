"""The claims of a Hello, as the table `[claims]` of a peer.toml."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.core.peer import OPERATIONS

_WIDTH = 110


def of(hello: Hello) -> Iterator[str]:
    """The lines of the table, in the order of docs/peer-contract.md. Leaves out `operations` if all are claimed."""
    yield "[claims]"
    yield f"lanes = {hello.lanes}"
    yield from _list("socket_types", hello.socket_types)
    yield from _list("transports", hello.transports)
    yield from _list("mechanisms", hello.mechanisms)
    yield from _list("options", hello.options)
    yield from _list("abilities", hello.abilities)
    if set(hello.operations) != set(OPERATIONS):
        yield from _list("operations", hello.operations)


def _list(key: str, names: Iterable[str]) -> Iterator[str]:
    quoted = ", ".join(json.dumps(name, ensure_ascii=False) for name in names)
    if len(quoted) <= _WIDTH:
        yield f"{key} = [{quoted}]"
        return
    yield f"{key} = ["
    for line in textwrap.wrap(quoted, _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"    {line}"
    yield "]"
