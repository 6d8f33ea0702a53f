"""How a scenario is declared: its roles with what they need, its axes, and the function that plays it.

A scenario is written once, in Python, against remote socket handles; it knows no language and, unless it is about one,
no transport.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

TRANSPORTS = ("tcp", "ipc", "inproc")
WIRED = ("tcp", "ipc")  # those over which there is a connection that can be lost, made again and secured
MULTICAST = ("epgm", "pgm")
PRIMARY = ("transport", "binder")
FACTS = ("scenario", *PRIMARY)  # what every cell has; roles and axes stand beside them, so none is named as these
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+=@%-]*")  # what may stand between the slashes of an id: safe in a shell

Play = Callable[[Any], Awaitable[None]]  # of a zmq_interop.scenarios.kit.cell_context.CellContext


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What the peer in a role must claim. What it does not claim makes the cell `unsupported`.

    lanes: how many lanes the role plays on. own: whether it plays on an instance of its own, which the scenario may
    kill and start again, and whose context no other cell shares at the same time.
    """

    sockets: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ("NULL",)
    abilities: tuple[str, ...] = ()
    operations: tuple[str, ...] = ("open", "close_all", "bind", "connect", "send", "receive")
    lanes: int = 1
    own: bool = False


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a scenario is multiplied by.

    values: name in the cell's id -> what the scenario gets. default: the value whose name is left out of the id, so
    that ids stay what they are when a scenario gains an axis. needs: value -> role -> what the role needs with this
    value, beside what it always needs. also: names of attributes of each value, of type str, which the ledger can name
    as it names the value itself; "" where a value has none.
    """

    name: str
    values: dict[str, object]
    default: str | None = None
    needs: dict[str, dict[str, Needs]] = {}
    also: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A behaviour under test, written once.

    binder: the role that binds by default. place: what the machine must offer where the cell is played
    (zmq_interop/core/features.py). primary: the axes of which a default run plays each combination with each pair of
    peers; what else there is, it covers pairwise. slow: whether its cells wait for timers, and so run beside the
    others. by_hand: the harness itself writes or bends the bytes of a connection. message_axes: axes that change only
    the message. Cells that differ in no other axis may share a link
    (CellContext.shared).
    """

    name: str
    roles: dict[str, Needs]
    binder: str
    play: Play
    doc: str
    transports: tuple[str, ...] = TRANSPORTS
    binders: tuple[str, ...] = ()
    axes: tuple[Axis, ...] = ()
    place: tuple[str, ...] = ()
    primary: tuple[str, ...] = PRIMARY
    slow: bool = False
    by_hand: bool = False
    message_axes: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The part of the catalogue that it belongs to: the name of its file."""
        return self.play.__module__.rpartition(".")[2]

    @property
    def own(self) -> bool:
        """Whether one of its roles plays on an instance of its own."""
        return any(needs.own for needs in self.roles.values())


REGISTRY: dict[str, Scenario] = {}


def needs(
    *sockets: str,
    options: tuple[str, ...] = (),
    operations: tuple[str, ...] = (),
    mechanisms: tuple[str, ...] = ("NULL",),
    abilities: tuple[str, ...] = (),
    lanes: int = 1,
    own: bool = False,
) -> Needs:
    """What a role needs: its socket types, and what it needs beyond the common; see `Needs`."""
    return Needs(
        sockets=sockets,
        options=options,
        operations=(*Needs().operations, *operations),
        mechanisms=mechanisms,
        abilities=abilities,
        lanes=lanes,
        own=own,
    )


def scenario(
    *,
    roles: Mapping[str, Needs],
    binder: str,
    binders: tuple[str, ...] | None = None,
    transports: tuple[str, ...] = TRANSPORTS,
    axes: tuple[Axis, ...] = (),
    place: tuple[str, ...] = (),
    primary: tuple[str, ...] = PRIMARY,
    slow: bool = False,
    by_hand: bool = False,
    message_axes: tuple[str, ...] = (),
) -> Callable[[Play], Play]:
    """Declares the decorated coroutine function a scenario, named as the function.

    roles: name -> needs, in the order in which peers stand in the id. binder: the role that binds by default.
    binders: every role that binds in some cell; left out: each role in turn. The rest: see `Scenario`. Raises
    ValueError for a declaration that would give bad ids.
    """

    def declare(play: Play) -> Play:
        name = getattr(play, "__name__", "")
        one = Scenario(
            name=name,
            roles=dict(roles),
            binder=binder,
            play=play,
            doc=inspect.getdoc(play) or "",
            transports=transports,
            binders=binders if binders is not None else tuple(roles),
            axes=axes,
            place=place,
            primary=primary,
            slow=slow,
            by_hand=by_hand,
            message_axes=message_axes,
        )
        _check(one)
        REGISTRY[name] = one
        return play

    return declare


def _check(one: Scenario) -> None:
    if one.name in REGISTRY:
        raise ValueError(f"two scenarios are named {one.name}")
    if not one.doc:
        raise ValueError(f"{one.name} has no docstring: it must state the expected behaviour and cite the rule")
    if one.binder not in one.binders or not set(one.binders) <= set(one.roles):
        raise ValueError(f"{one.name}: binders must be roles, and the default must be one of them")
    names = [*one.transports, *(f"{role}-binds" for role in one.roles)]
    for axis in one.axes:
        if axis.default is not None and axis.default not in axis.values:
            raise ValueError(f"{one.name}: axis {axis.name} has no value {axis.default!r}")
        if not set(axis.needs) <= set(axis.values) or not all(set(one.roles) >= set(of) for of in axis.needs.values()):
            raise ValueError(f"{one.name}: axis {axis.name} has needs for an unknown value or role")
        names += axis.values
    if unknown := set(one.primary) - {*PRIMARY, *(axis.name for axis in one.axes)}:
        raise ValueError(f"{one.name}: {', '.join(sorted(unknown))} is not one of its axes, so it cannot be primary")
    if unknown := set(one.message_axes) - {axis.name for axis in one.axes}:
        raise ValueError(
            f"{one.name}: {', '.join(sorted(unknown))} is not one of its axes, so it cannot be in message_axes"
        )
    for word in (one.name, *names):
        if not WORD.fullmatch(word):
            raise ValueError(f"{one.name}: {word!r} cannot stand in a cell's id")
    if len(set(names)) != len(names):
        raise ValueError(f"{one.name}: two axes have a value of the same name, so ids would be ambiguous")
    facts = [*FACTS, *one.roles, *(name for axis in one.axes for name in (axis.name, *axis.also))]
    if twice := sorted({name for name in facts if facts.count(name) > 1}):
        raise ValueError(f"{one.name}: {', '.join(twice)} names two things, so the ledger could not say which is meant")
