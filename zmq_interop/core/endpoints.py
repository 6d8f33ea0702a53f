"""Endpoints as what they mean: over tcp an address and a port, however a library writes the address."""

from __future__ import annotations

import contextlib
import ipaddress

_TCP = "tcp://"
_DIGITS = 5  # of a port: 65535

Host = ipaddress.IPv4Address | ipaddress.IPv6Address | str


def same(one: str, other: str) -> bool:
    """Whether two endpoints are one.

    tcp://[::1]:5 and tcp://[0:0:0:0:0:0:0:1]:5 are: RFC 4291, 2.2, has many texts for one IPv6 address. A name is no
    address, and what is not tcp is compared as text.
    """
    return one == other or (host(one) is not None and (host(one), port(one)) == (host(other), port(other)))


def host(endpoint: str) -> Host | None:
    """The address of a tcp endpoint; the text of one that is a name or `*`; None of one that is not tcp."""
    if not endpoint.startswith(_TCP):
        return None
    text = endpoint.removeprefix(_TCP).rpartition(":")[0]
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(bare)
    return text


def port(endpoint: str) -> int | None:
    """The port of a tcp endpoint; None where there is none, or `*`."""
    text = endpoint.rpartition(":")[2]
    fits = endpoint.startswith(_TCP) and text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if fits else None
