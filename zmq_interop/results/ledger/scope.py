"""Which cells an entry of the ledger speaks of: by what they are, or by patterns over their ids. Pure values."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence

import msgspec

from zmq_interop.core.cell import matches
from zmq_interop.core.peer import NAME
from zmq_interop.core.scenario import FACTS
from zmq_interop.core.variants import base_id
from zmq_interop.results.ledger.subject import Subject

_FILE = "file"  # the fact of own_schemas that names the proto of a message
_MESSAGE = 2  # the part of an id of own_schemas that names the message


class Values(msgspec.Struct, frozen=True):
    """What a fact may be: one of these names, or with `others` anything but these."""

    names: tuple[str, ...]
    others: bool = False

    def __str__(self) -> str:
        text = listed(self.names)
        return f"{{ not = {text} }}" if self.others else text


class Cause(msgspec.Struct, frozen=True):
    """What some cells have in common. facts: name -> what it may be; all must hold, of a cell that has them all."""

    facts: Mapping[str, Values]

    def __str__(self) -> str:
        return f"{{ {', '.join(f'{name} = {values}' for name, values in self.facts.items())} }}"

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Those that it names; none are all."""
        return self.facts["scenario"].names if "scenario" in self.facts else ()

    def holds(self, cell: Subject) -> bool:
        """Whether the cell is one of them."""
        of_cell = cell.facts
        for name, values in self.facts.items():  # no generator: a long ledger asks this a million times
            if name not in of_cell or (of_cell[name] in values.names) is values.others:
                return False
        return True

    def unseen(self, among: Sequence[Subject]) -> dict[str, list[str]]:
        """Of each fact the names without which the cause would hold for the same of these cells."""
        named = self.scenarios
        mine = [cell for cell in among if not named or cell.scenario in named]
        held = [cell for cell in mine if self.holds(cell)]
        found = {}
        for name, values in self.facts.items():
            rest = Cause({key: value for key, value in self.facts.items() if key != name})
            told_apart = filter(rest.holds, mine) if values.others else held
            seen = {cell.facts[name] for cell in told_apart if name in cell.facts}
            found[name] = [one for one in values.names if one not in seen]
        return {name: gone for name, gone in found.items() if gone}

    def without(self, unseen: Mapping[str, Sequence[str]]) -> Cause | None:
        """The cause without these names of its facts; None where nothing is left that it could hold for."""
        facts = {}
        for name, values in self.facts.items():
            left = tuple(one for one in values.names if one not in unseen.get(name, ()))
            if left:
                facts[name] = msgspec.structs.replace(values, names=left)
            elif not values.others:
                return None
        return Cause(facts)


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """Cells by their ids. cells: patterns as of `cell.matches`. but: of those that are not meant all the same."""

    cells: tuple[str, ...]
    but: tuple[str, ...] = ()

    def matches(self, cell: Subject) -> bool:
        """Whether the cell is meant."""
        id = base_id(cell.id)  # what holds for a peer holds for its variants
        return matches(id, self.cells) and not (self.but and matches(id, self.but))

    def about(self, scenario: str) -> bool:
        """Whether cells of this scenario may be meant."""
        return any(fnmatch.fnmatchcase(scenario, pattern.partition("/")[0]) for pattern in self.cells)

    def spells(self, peer: str) -> bool:
        """Whether the name of the peer stands in it, not only a wildcard that takes it in."""
        return any(peer in pattern.rpartition("/")[2].split(":") for pattern in self.cells)

    def peers(self) -> set[str]:
        """Words in it that may be names of peers."""
        last = (pattern.rpartition("/")[2] for pattern in self.cells)
        return {name for pair in last if ":" in pair for name in pair.split(":") if NAME.fullmatch(name)}

    def messages(self) -> set[str]:
        """Words in it that may be names of a message's samples, each wildcard as nothing."""
        parts = (pattern.split("/") for pattern in self.cells)
        return {re.sub(r"[*?]", "", one[_MESSAGE]) for one in parts if len(one) > _MESSAGE}

    def files(self) -> set[str]:
        """The files of messages that it names: ids name none."""
        return set()

    def stale(self, among: Sequence[Subject]) -> tuple[list[str], Scope | None]:
        """What in it no cell of these is, for people, and what is left without that; None where no cell is meant."""
        left = tuple(pattern for pattern in self.cells if any(matches(cell.id, (pattern,)) for cell in among))
        gone = [quoted(pattern) for pattern in self.cells if pattern not in left]
        if not any(map(self.matches, among)):
            return gone, None
        return gone, msgspec.structs.replace(self, cells=left)


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """Cells by what they are. when: one of these holds; each names its scenarios. unless: but none of those."""

    when: tuple[Cause, ...]
    unless: tuple[Cause, ...] = ()

    def matches(self, cell: Subject) -> bool:
        """Whether the cell is meant."""
        return any(one.holds(cell) for one in self.when) and not any(one.holds(cell) for one in self.unless)

    def about(self, scenario: str) -> bool:
        """Whether cells of this scenario may be meant."""
        return any(scenario in one.scenarios for one in self.when)

    def spells(self, peer: str) -> bool:
        """Whether it asks for the peer by its name."""
        return any(peer in values.names and not values.others for one in self.when for values in one.facts.values())

    def peers(self) -> set[str]:
        """Words in it that may be names of peers."""
        return set(filter(NAME.fullmatch, self.messages()))

    def messages(self) -> set[str]:
        """Words in it that may be names of a message's samples."""
        facts = (fact for one in (*self.when, *self.unless) for fact in one.facts.items())
        return {name for key, values in facts if key not in FACTS for name in values.names}

    def files(self) -> set[str]:
        """The files of messages that it names."""
        return {name for one in (*self.when, *self.unless) if _FILE in one.facts for name in one.facts[_FILE].names}

    def stale(self, among: Sequence[Subject]) -> tuple[list[str], Scope | None]:
        """What in it no cell of these is, for people, and what is left without that; None where no cell is meant."""
        if not any(map(self.matches, among)):
            return [], None
        gone, left = [], []
        meant = [cell for cell in among if self.unless and any(one.holds(cell) for one in self.when)]
        for causes, there in ((self.when, among), (self.unless, meant)):
            kept = []
            for cause in causes:
                unseen = cause.unseen(there)
                shorter = cause.without(unseen)
                if shorter is None:
                    gone.append(str(cause))
                else:
                    gone += [f"{name} = {listed(names)}" for name, names in unseen.items()]
                    kept.append(shorter)
            left.append(tuple(kept))
        return gone, Causes(when=left[0], unless=left[1])


Scope = Patterns | Causes


def listed(names: Sequence[str]) -> str:
    """One name, or a list of them, as TOML writes it."""
    texts = [quoted(name) for name in names]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def quoted(text: str) -> str:
    """A string as TOML writes it: JSON's, but for the one character that TOML wants escaped too."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
