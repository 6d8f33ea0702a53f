"""A transcript as a pcapng file, for Wireshark and tshark.

The bytes are those of the transcript, in packets that the harness makes up: a relay reads a stream, not packets. Over
tcp, the bound socket's address and port are its own. ipc is written as tcp between 127.0.0.1 and port IPC_PORT, because
pcapng has no link type for Unix sockets. Format: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3; link type RAW (101).
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator

from zmq_interop.core import endpoints
from zmq_interop.core.transcript import BINDER, CONNECTOR, RESET, Connection, End, Segment, Transcript

IPC_PORT = 5555
FIRST_PORT = 49152  # of connecting sockets; their real ones are the relay's
LARGEST = 60_000  # bytes of one packet's payload: an IP packet has at most 65,535
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6  # types of blocks
_RAW = 101  # the link type: packets begin with the IP header
_IF_NAME = 2  # an option
_FIN, _SYN, _RST, _PSH, _ACK = 1, 2, 4, 8, 16

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def write(transcript: Transcript, name: str, began: int) -> bytes:
    """The file.

    name: of the cell, which the file has as the name of its interface. began: when the cell began, in microseconds
    since 1970.
    """
    streams = [_Stream(number, one) for number, one in enumerate(transcript.connections)]
    packets = sorted((one for stream in streams for one in stream.packets()), key=lambda packet: packet[0])
    blocks = [
        _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(_INTERFACE, struct.pack("<HHI", _RAW, 0, 0) + _option(_IF_NAME, name)),
    ]
    for at, data, size in packets:
        time = began + at
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), size)
        blocks.append(_block(_PACKET, head + _padded(data)))
    return b"".join(blocks)


def _block(type: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", type) + size + body + size


def _option(code: int, text: str) -> bytes:
    data = text.encode()[:65_000]
    return struct.pack("<HH", code, len(data)) + _padded(data) + struct.pack("<HH", 0, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


class _Stream:
    """One connection as a tcp stream."""

    def __init__(self, number: int, connection: Connection) -> None:
        self._connection = connection
        found = endpoints.host(connection.endpoint)
        bound: Address = ipaddress.IPv4Address("127.0.0.1") if found is None or isinstance(found, str) else found
        port = endpoints.port(connection.endpoint) or IPC_PORT
        self._ends = ((bound, FIRST_PORT + number % 16_000), (bound, port))  # by side
        self._sent = [0, 0]  # the next sequence number of each side, relative

    def packets(self) -> Iterator[tuple[int, bytes, int]]:
        """Each as its time, its captured bytes, and the size that it really has."""
        at = self._connection.at
        if self._connection.refused:
            yield self._packet(at, CONNECTOR, _SYN)
            yield self._packet(at, BINDER, _RST | _ACK)
            return
        yield self._packet(at, CONNECTOR, _SYN)
        yield self._packet(at, BINDER, _SYN | _ACK)
        yield self._packet(at, CONNECTOR, _ACK)
        told: Iterable[Segment | End] = sorted(
            [*self._connection.segments, *self._connection.ends], key=lambda one: one.at
        )
        for one in told:
            if isinstance(one, End):
                yield self._packet(one.at, one.side, (_RST if one.how == RESET else _FIN) | _ACK)
                continue
            for data, size in _pieces(one):
                yield self._packet(one.at, one.side, _PSH | _ACK, data, size)

    def _packet(self, at: int, side: int, flags: int, data: bytes = b"", size: int = 0) -> tuple[int, bytes, int]:
        """data: the captured part of a payload of `size` bytes."""
        (source, from_port), (target, to_port) = self._ends[side], self._ends[1 - side]
        number, answered = self._sent[side], self._sent[1 - side]
        self._sent[side] += size + bool(flags & (_SYN | _FIN))
        window = 65_535
        head = struct.pack(
            ">HHIIBBHHH",
            from_port,
            to_port,
            number & 0xFFFFFFFF,
            answered & 0xFFFFFFFF if flags & _ACK else 0,
            5 << 4,
            flags,
            window,
            0,
            0,
        )
        if len(data) == size:  # otherwise the bytes that the sum covers are not all there
            total = _checksum(_pseudo(source, target, len(head) + size) + head + data)
            head = head[:16] + struct.pack(">H", total) + head[18:]
        ip = _ip(source, target, len(head) + size)
        return at, ip + head + data, len(ip) + len(head) + size


def _pieces(segment: Segment) -> Iterator[tuple[bytes, int]]:
    """The payloads of packets: their kept bytes, and their sizes. What was not kept is at the end of a packet."""
    place = 0
    for start, count in [*segment.holes, (len(segment.data), 0)]:
        data, left = segment.data[place:start], start - place + count
        place = start
        while left:
            size = min(left, LARGEST)
            yield data[:size], size
            data, left = data[size:], left - size


def _ip(source: Address, target: Address, size: int) -> bytes:
    if source.version == 6:
        return struct.pack(">IHBB", 6 << 28, size, 6, 64) + source.packed + target.packed
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, 6, 0) + source.packed + target.packed
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:]


def _pseudo(source: Address, target: Address, size: int) -> bytes:
    """The header that the sum of tcp covers too (RFC 9293, 3.1; RFC 8200, 8.1)."""
    if source.version == 6:
        return source.packed + target.packed + struct.pack(">II", size, 6)
    return source.packed + target.packed + struct.pack(">BBH", 0, 6, size)


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
