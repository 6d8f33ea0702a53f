"""Security mechanisms: the options that each side of a connection sets, and the claims that it needs.

"server" and "client" are the roles of the mechanism, independent of who binds (zmq_plain(7), zmq_curve(7)).
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
    """The options of a PLAIN client with these credentials."""
    return {"PLAIN_USERNAME": username, "PLAIN_PASSWORD": password}


def curve(server: bytes, public: bytes, secret: bytes) -> Options:
    """The options of a CURVE client with this key pair. server: the public key that it expects of the server."""
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
    """The needs of a role that plays a side of this mechanism with these options."""
    return Needs(mechanisms=(mechanism,), options=tuple(options))


def sides(mechanism: str, server: str = "server", client: str = "client") -> dict[str, Needs]:
    """The needs of the roles on both sides of this mechanism. server, client: the names of the roles."""
    return {server: needs(mechanism, SERVER[mechanism]), client: needs(mechanism, CLIENT[mechanism])}
