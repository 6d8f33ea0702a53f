"""The lines of the keys in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.programs import toml_places

TEXT = '''\
proto = ["a"]  # ] {
[program.bus]
run = ["python", """x
"y""", '{in}']
sockets.in = { type = "XSUB", bind = "tcp://127.0.0.1:{port}" }
[program.bus.sockets.out]
type = 1979-05-27 07:32:00
[[program.bus.dialogue]]
name = "chat"
steps = [
  { subscribe = "out" },  # }
  { send = "in", value = { data = "x", "a.b" = [1,
   2] } },
]
[[program.bus.dialogue]]
[[program.bus.dialogue.steps]]
send = "in"
'''
BUS = ("program", "bus")


def test_each_key_and_each_element_has_its_line() -> None:
    found = toml_places.lines(TEXT)
    steps = (*BUS, "dialogue", 0, "steps")
    assert found[("proto",)] == 1
    assert found[*BUS, "run", 2] == 4
    assert found[*BUS, "sockets", "in", "bind"] == 5
    assert found[*BUS, "sockets", "out", "type"] == 7
    assert found[*steps, 0, "subscribe"] == 11
    assert found[*steps, 1, "value", "a.b", 1] == 13
    assert found[*BUS, "dialogue", 1] == 15
    assert found[*BUS, "dialogue", 1, "steps", 0, "send"] == 17


def _leaves(value: Any, at: toml_places.Place) -> set[toml_places.Place]:
    if isinstance(value, dict):
        return {at}.union(*(_leaves(inner, (*at, key)) for key, inner in value.items()))
    if isinstance(value, list):
        return {at}.union(*(_leaves(inner, (*at, number)) for number, inner in enumerate(value)))
    return {at}


def test_all_that_a_toml_parser_finds_has_a_line() -> None:
    assert _leaves(tomllib.loads(TEXT), ()) <= set(toml_places.lines(TEXT))


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    assert toml_places.lines(text)[()] == 1
