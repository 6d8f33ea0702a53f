"""What a line of the table says: which lie a scenario finds out, in which role, and as what."""

from __future__ import annotations

from typing import NamedTuple

from zmq_interop.core.verdicts import Kind, Verdict

BROKEN = Verdict.BROKEN
ALTERED, CRASHED, DISCONNECTED, DUPLICATED = Kind.ALTERED, Kind.CRASHED, Kind.DISCONNECTED, Kind.DUPLICATED
HUNG, LOST = Kind.HUNG, Kind.LOST
MISROUTED, REFUSED, REORDERED, UNEXPECTED = Kind.MISROUTED, Kind.REFUSED, Kind.REORDERED, Kind.UNEXPECTED


class Caught(NamedTuple):
    """A liar in this role turns the scenario red.

    kind: how it fails, or that it cannot be judged. values: on a scenario with axes, those of their values that find
    the lie out, where not all do; `spared` the other way round. only: those that are tried, where not all are worth it.
    """

    lie: str
    role: str
    kind: Kind | Verdict
    values: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def by(self, value: str) -> bool:
        """Whether this value finds the lie out."""
        return value in self.values if self.values else value not in self.spared


def both(
    lie: str,
    roles: tuple[str, str],
    kind: Kind | Verdict,
    values: tuple[str, ...] = (),
    spared: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> list[Caught]:
    """The same in either role."""
    return [Caught(lie, role, kind, values, spared, only) for role in roles]
