"""Which cells have no relay between their sockets, and why."""

from __future__ import annotations

from zmq_interop.core.cell import Cell

TAPPED = ("tcp", "ipc")
WITHOUT_BYTES = {
    "inproc": "inproc passes messages within a process: there are no bytes to see",
    "pgm": "pgm is multicast over IP: there is no connection to relay",
    "epgm": "epgm is multicast over UDP: there is no connection to relay",
}
SCENARIOS: dict[str, str] = {}  # scenario -> why a relay would change what it tests


def why(cell: Cell) -> str:
    """Why a cell is not played through relays, "" if it is."""
    if cell.transport not in TAPPED:
        return WITHOUT_BYTES[cell.transport]
    return SCENARIOS.get(cell.scenario.name, "")
