"""What a cell's context offers to scenarios in which the harness itself is the other end of a connection."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from zmq_interop.core.cell import Cell
from zmq_interop.system.errors import Lacking
from zmq_interop.wire.recorder import Recorder
from zmq_interop.wire.relay import RelayPlace

if TYPE_CHECKING:
    from zmq_interop.scenarios.kit.cell_context import Endpoint
    from zmq_interop.scenarios.kit.cell_tap import CellTap

WHO = "wire"


class WithWire:
    """A part of CellContext: endpoints as the harness names them. Each raises Lacking if it cannot reach the agent."""

    cell: Cell
    _hands: Any  # of CellContext
    _tap: CellTap | None

    def endpoint(self, role: str) -> Endpoint:
        """An unused endpoint, in the form in which the role's instance binds it."""
        raise NotImplementedError

    def wire_endpoint(self, role: str, bound: Endpoint) -> str:
        """Where the harness connects to reach what the role has bound."""
        place = self._wire_place(role)
        return bound.bound if self.cell.transport == "tcp" else f"ipc://{place.ipc}/{bound.name}"

    def wire_listens(self, role: str) -> str:
        """An unused endpoint that the harness can listen on, and the role can reach; see `wire_seen`."""
        place = self._wire_place(role)
        if self.cell.transport == "tcp":
            return f"tcp://{place.host}:*" if place.host else self.endpoint(role).bound
        return f"ipc://{place.ipc}/{self.endpoint(role).name}"

    def wire_seen(self, role: str, endpoint: str) -> str:
        """An endpoint of the harness as the role's instance must name it to connect."""
        if self.cell.transport == "tcp":
            return endpoint
        return f"ipc://{PurePosixPath(self._hands.instances[role].ipc) / PurePosixPath(endpoint).name}"

    def wire_observer(self, role: str, endpoint: str, *, connects: bool, other: str = WHO) -> Recorder | None:
        """Records a connection of a role, if the cell is tapped. connects: the role does. other: the other end."""
        if self._tap is None:
            return None
        return self._tap.recorder(role, other, endpoint) if connects else self._tap.recorder(other, role, endpoint)

    def _wire_place(self, role: str) -> RelayPlace:
        instance = self._hands.instances[role]
        place: RelayPlace | None = instance.relay
        if place is None or (self.cell.transport == "ipc" and place.ipc is None):
            raise Lacking(f"the harness cannot be the other end: {instance.no_relay}")
        return place
