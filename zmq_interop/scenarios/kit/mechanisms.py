"""Security mechanisms: what the two sides of a connection set, and what they must claim for it.

A side is "server" or "client" as the mechanism means it; who binds has nothing to do with it (zmq_plain(7),
zmq_curve(7)).
"""

from __future__ import annotations

from collections.abc import Mapping

from zmq_interop.core.frames import OptionValue
from zmq_interop.core.scenario import Needs
from zmq_interop.scenarios.kit.credentials import (
    CLIENT_PUBLIC,
    CLIENT_SECRET,
    PASSWORD,
    SERVER_PUBLIC,
    SERVER_SECRET,
    USERNAME,
)

Options = Mapping[str, OptionValue]


def plain(username: bytes, password: bytes) -> Options:
    """A PLAIN client with these credentials."""
    return {"PLAIN_USERNAME": username, "PLAIN_PASSWORD": password}


def curve(server: bytes, public: bytes, secret: bytes) -> Options:
    """A CURVE client with this key pair, which takes the other side for the one that has the key `server`."""
    return {"CURVE_SERVERKEY": server, "CURVE_PUBLICKEY": public, "CURVE_SECRETKEY": secret}


SERVER: dict[str, Options] = {
    "NULL": {},
    "PLAIN": {"PLAIN_SERVER": 1},
    "CURVE": {"CURVE_SERVER": 1, "CURVE_PUBLICKEY": SERVER_PUBLIC, "CURVE_SECRETKEY": SERVER_SECRET},
}
CLIENT: dict[str, Options] = {
    "NULL": {},
    "PLAIN": plain(USERNAME, PASSWORD),
    "CURVE": curve(SERVER_PUBLIC, CLIENT_PUBLIC, CLIENT_SECRET),
}


def needs(mechanism: str, options: Options) -> Needs:
    """What a role needs for a side of this mechanism."""
    return Needs(mechanisms=(mechanism,), options=tuple(options))


def sides(mechanism: str, server: str = "server", client: str = "client") -> dict[str, Needs]:
    """What the roles on the two sides of this mechanism need."""
    return {server: needs(mechanism, SERVER[mechanism]), client: needs(mechanism, CLIENT[mechanism])}
