"""Generates docs/scenarios.md from the scenarios and the table of lies. `tools/scenarios` runs this."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.liars.caught_by import CAUGHT
from zmq_interop import scenarios
from zmq_interop.core.peer import OPERATIONS
from zmq_interop.core.scenario import Needs, Scenario
from zmq_interop.scenarios.unasked import OTHERS, UNASKED

HEAD = """# The scenarios

Each scenario tests one behaviour of every peer that can take part. `tools/scenarios` generates this page from the
scenarios, and a test checks that it is current.

- **Roles** are in the order of the peers in a cell's id. Each row lists the sockets that the role opens, and its needs
  beyond those that all roles have: the operations `{common}`, the
  NULL mechanism, one lane. If a peer does not claim a need, the cell is `unsupported`; `./interop run --list --why`
  shows the reason.
- **Cells** are the combinations of transport, who binds (the default is left out of the id) and the scenario's axes.
  A default run plays each combination of the primary axes with each pair of peers, and covers the rest pairwise: every
  two values occur together in some cell. `--all` plays every cell, `family:NAME` those of a family.
- **Lies** are agents that misbehave on purpose, each with the kind of failure by which the scenario catches it
  (`./interop test -k liars`).
"""
UNASKED_HEAD = """Every option of zmq_setsockopt(3) and zmq_getsockopt(3) is needed by a scenario above, or stands here
with the reason; a test holds that against the names that pyzmq knows."""
_COMMON = Needs()


def page(known: Sequence[Scenario]) -> str:
    """The text of the page."""
    common = "`, `".join(_COMMON.operations)
    lines = [HEAD.format(common=common), "| family | scenarios |", "|---|---|"]
    families = [(name, list(group)) for name, group in itertools.groupby(known, key=lambda one: one.family)]
    for name, group in families:
        links = ", ".join(f"[{one.name}](#{one.name})" for one in group)
        lines.append(f"| [{name}](#{name}) | {links} |")
    for name, group in families:
        doc = (sys.modules[group[0].play.__module__].__doc__ or "").strip().partition(":")[2].strip()
        lines += ["", f"## {name}", doc[:1].upper() + doc[1:]]
        for one in group:
            lines += ["", f"### {one.name}", one.doc, "", *_facts(one)]
    lines += ["", "## Not asked about", UNASKED_HEAD, "", "| option | why |", "|---|---|"]
    lines += [f"| `{name}` | {reason} |" for name, reason in UNASKED.items()]
    lines += ["", "| beside options | why |", "|---|---|"]
    lines += [f"| {name} | {reason} |" for name, reason in OTHERS.items()]
    return "\n".join(lines) + "\n"


def _facts(one: Scenario) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for role, needs in one.roles.items():
        yield f"| role `{role}` | {'; '.join(_needs(needs))} |"
    yield f"| transports | {_list(one.transports)} |"
    others = [role for role in one.binders if role != one.binder]
    yield f"| who binds | {_list([one.binder, *others])} |"
    for axis in one.axes:
        names = [f"{name} (default)" if name == axis.default else name for name in axis.values]
        yield f"| axis `{axis.name}` | {_list(names) if names else 'the messages found in the protos'} |"
        for value, roles in axis.needs.items():
            asked = "; ".join(f"{role}: {', '.join(_needs(needs))}" for role, needs in roles.items())
            yield f"| needs of `{value}` | {asked} |"
    if one.by_hand:
        yield "| by hand | the harness itself writes or bends the bytes of a connection |"
    if one.place:
        yield f"| place | where there is {' and '.join(one.place)} |"
    yield f"| primary axes | {_list(one.primary) if one.primary else 'only the pair of peers'} |"
    if one.slow:
        yield "| slow | waits for timers; runs concurrently with other cells |"
    yield f"| lies | {', '.join(_lies(one)) or 'none'} |"


def _needs(needs: Needs) -> Iterable[str]:
    if needs.sockets:
        yield " ".join(needs.sockets)
    beyond = [name for name in OPERATIONS if name in needs.operations and name not in _COMMON.operations]
    if needs.options:
        yield f"options {', '.join(needs.options)}"
    if beyond:
        yield f"operations {', '.join(beyond)}"
    if needs.mechanisms != _COMMON.mechanisms:
        yield f"mechanisms {', '.join(needs.mechanisms)}"
    if needs.abilities:
        yield f"abilities {', '.join(needs.abilities)}"
    if needs.lanes > 1:
        yield f"{needs.lanes} lanes"
    if needs.own:
        yield "an instance of its own"


def _lies(one: Scenario) -> Iterable[str]:
    found: dict[str, dict[str, None]] = {}
    for caught in CAUGHT.get(one.name, ()):
        found.setdefault(caught.lie, {})[str(caught.kind)] = None
    return (f"{lie} ({', '.join(kinds)})" for lie, kinds in found.items())


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def write(path: Path) -> None:
    """Writes the page."""
    path.write_text(page(scenarios.load({})))
