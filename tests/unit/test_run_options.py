"""The options of a run: one table, and all that is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from zmq_interop.agents.outside import Outside
from zmq_interop.run.option_table import TABLE, RunOption
from zmq_interop.run.options import Options
from zmq_interop.system.paths import ROOT

NOT_TYPED = {"patterns", "grace", "compare"}  # an argument, and what no user gives
OF_THE_ACTION = {"pattern", "upgrade", "artifact", "python-version"}  # its inputs that are no options of a run
ACTION = {option.name.removeprefix("no-"): option for option in TABLE if option.action}  # by the name of the input
# A value of each option that is not its default, and how it is typed.
GIVEN: dict[str, tuple[Any, list[str]]] = {
    "outside": ((Outside(folder=Path("a")), Outside(name="b", image="c:1")), ["a", "b=image:c:1"]),
    "proto_dirs": ((Path("protos"),), ["protos"]),
    "ledgers": ((Path("a.toml"), Path("b.toml")), ["a.toml", "b.toml"]),
    "default_ledger": (False, [""]),
    "config": (Path("interop.toml"), ["interop.toml"]),
    "runtime": ("process", ["process"]),
    "limit": (2.0, ["2"]),
    "control": ("stdio", ["stdio"]),
}


def test_the_table_has_all_options_with_their_defaults() -> None:
    fields = {field.name for field in msgspec.structs.fields(Options)}
    assert {option.field for option in TABLE} == fields - NOT_TYPED
    default = Options()
    wrong = [
        option.name for option in TABLE if option.default != getattr(default, option.field) and option.field != "roles"
    ]
    assert wrong == []


@pytest.mark.parametrize("option", [one for one in TABLE if one.again], ids=lambda one: one.name)
def test_a_replayed_cell_gets_what_is_not_the_default(option: RunOption) -> None:
    assert Options().again() == []
    value, typed = GIVEN[option.field]
    changed: dict[str, Any] = {option.field: value}
    assert Options(**changed).again() == [word for one in typed for word in (f"--{option.name}", one) if word]


def test_the_action_has_an_input_for_each_option_that_says_so() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    assert set(inputs) - OF_THE_ACTION == set(ACTION)


@pytest.mark.parametrize("name", ACTION)
def test_the_action_hands_its_input_on(name: str) -> None:
    option = ACTION[name]
    flag = option.type is bool
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    unset = "true" if option.name.startswith("no-") else "false"  # of a flag, so that it is not passed
    assert action["inputs"][name]["default"] in ((unset,) if flag else ("", option.default))
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "play")
    variable = f"INPUT_{name.replace('-', '_').upper()}"
    assert step["env"][variable] == f"${{{{ inputs.{name} }}}}"
    script = "".join((ROOT / "action" / name).read_text() for name in ("options", "play"))
    passed = rf"--{option.name}\n" if flag else rf'--{option.name}="\$\w+"'
    assert re.search(passed, script), "action/play passes it"
    assert f"${{{variable}:-{unset if flag else ''}}}" in script
