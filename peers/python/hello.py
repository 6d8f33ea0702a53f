"""What this agent can do, asked of its libraries."""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import google.protobuf
import library
import zmq
from google.protobuf.internal import api_implementation
from options import settable
from payload import PROTO_DIGEST, REFUSED, message_class, message_types

LANES = 256
SOCKET_TYPES = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB", "STREAM"]
_MANIFEST = Path(__file__).absolute().parent / "peer.toml"  # not resolved: other Python peers have links to this file
_HELLO = message_class("interop.control.v1.Hello")
_REFUSAL = message_class("interop.control.v1.Refusal")
_LIBRARY = message_class("interop.control.v1.Library")


def hello(context: zmq.Context[Any], operations: Iterable[str]) -> Any:
    version = sys.version_info
    protobuf = {"protobuf": f"{google.protobuf.__version__} ({api_implementation.Type()})"}
    return _HELLO(
        contract=2,
        peer=tomllib.loads(_MANIFEST.read_text())["name"],
        language=f"Python {version.major}.{version.minor}.{version.micro}",
        libraries=[_LIBRARY(name=name, version=version) for name, version in (library.versions() | protobuf).items()],
        proto_digest=PROTO_DIGEST,
        lanes=LANES,
        socket_types=[name for name in SOCKET_TYPES if _opens(context, name)],
        transports=library.transports(),
        mechanisms=library.mechanisms(),
        options=settable(context),
        message_types=message_types(),
        abilities=["control_socket", "inproc_lanes"],
        operations=operations,
        refused=[_REFUSAL(file=file, reason=reason) for file, reason in REFUSED.items()],
    )


def _opens(context: zmq.Context[Any], name: str) -> bool:
    try:
        context.socket(zmq.SocketType[name]).close(linger=0)
    except zmq.ZMQError:
        return False
    return True
