"""The words that causes in a ledger may use: scenarios, their roles and axes, and the values of these. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zmq_interop.core.scenario import Scenario
from zmq_interop.results.ledger.scope import Cause, Values
from zmq_interop.system import near

NOT = "not"
Written = Mapping[str, "str | Sequence[str] | Mapping[str, str | Sequence[str]]"]  # a cause as the file has it


class Strange(Exception):
    """A word that no cause may use. word: the one that is wrong. hint: what it might have been."""

    def __init__(self, word: str, what: str, known: Iterable[str]) -> None:
        super().__init__(what)
        self.word = word
        self.what = what
        names = sorted(set(known))
        self.hint = near.hint(word, names) or f"one of {', '.join(names)}"


OF_PROGRAM = ":"  # in the name of a scenario: it is a dialogue of a user's program, which only a run with it knows


def read(raw: Written, known: Mapping[str, Scenario], default: Sequence[str] = ()) -> Cause:
    """The cause that a table of the file says.

    known: scenarios by name. default: the scenarios of one that names none; left out, it must name some. Raises
    Strange. The names of peers are anybody's, and so are the messages of own_schemas, and the dialogues of programs.
    """
    facts = {name: _values(name, value) for name, value in raw.items()}
    if "scenario" not in facts and not default:
        raise Strange("when", "a cause names no scenario", [f'{{ scenario = "{next(iter(known), "")}", ... }}'])
    if "scenario" in facts and facts["scenario"].others:
        raise Strange(NOT, "a cause names its scenarios, and not those that it does not mean", ["scenario"])
    named = facts["scenario"].names if "scenario" in facts else default
    for name in named:
        if name not in known and OF_PROGRAM not in name:
            raise Strange(name, f"there is no scenario {name!r}", known)
        if default and name not in default:
            raise Strange(name, f"`when` does not speak of {name}", default)
    meant = [known[name] for name in named if name in known]
    for name, values in facts.items():
        if name != "scenario" and len(meant) == len(named):
            _check(name, values, meant, all_of_them=not default or "scenario" in facts)
    return Cause(facts)


def _values(name: str, raw: object) -> Values:
    others = isinstance(raw, dict)
    if isinstance(raw, dict):
        if set(raw) != {NOT}:
            raise Strange(name, f"{name!r} is neither a value, nor a list of values, nor {{ not = ... }}", [NOT])
        raw = raw[NOT]
    names = (raw,) if isinstance(raw, str) else tuple(raw)  # type: ignore[arg-type]
    if not names:
        raise Strange(name, f"{name!r} has no value", ["a value", "a list of values"])
    return Values(names, others)


def _check(name: str, values: Values, meant: Sequence[Scenario], *, all_of_them: bool) -> None:
    """That the scenarios have such a fact, and that each of the values is one of some scenario."""
    lacking = [one for one in meant if name not in _facts(one)]
    if lacking and (all_of_them or len(lacking) == len(meant)):
        what = f"{lacking[0].name} has no role and no axis {name!r}"
        raise Strange(name, what, _facts(lacking[0]))
    choices = [_facts(one)[name] for one in meant if name in _facts(one)]
    if not all(choices):  # a role, or an axis whose values are not the project's
        return
    possible = {value for some in choices for value in some}
    for value in values.names:
        if value not in possible:
            raise Strange(value, f"{name!r} is never {value!r} in {', '.join(one.name for one in meant)}", possible)


def _facts(one: Scenario) -> dict[str, tuple[str, ...]]:
    """What can be said of a cell of the scenario -> the values; none where anything may be one."""
    return {
        "transport": one.transports,
        "binder": one.binders,
        **dict.fromkeys(one.roles, ()),
        **{axis.name: tuple(axis.values) for axis in one.axes},
        **{name: () for axis in one.axes for name in axis.also},
    }
