"""YAML that says nothing but plain data, and the line of each value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq_interop.schemas.plain_yaml import Document, YamlError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        ("-12", -12),
        ("18446744073709551615", 18446744073709551615),
        ("1.5e3", 1500.0),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ("NaN", "NaN"),
        ("true", True),
        ("True", "True"),
        ("null", None),
        ("~", None),
        ("", None),
        ("{a: [1, b], c: {}}", {"a": [1, "b"], "c": {}}),
        ("{1: a, true: b, ~: c}", {"1": "a", "true": "b", "~": "c"}),
        ("<<: a", {"<<": "a"}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_scalars_are_what_json_would_write(text: str, value: object) -> None:
    read = Document(text).value
    assert (read, type(read)) == (value, type(value))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.text("ab\n\"\\é\u2028 :#'{}", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_json_is_read_as_it_is(value: object) -> None:
    assert Document(json.dumps(value)).value == value


def test_every_value_has_its_line_and_that_of_a_key_is_the_keys() -> None:
    lines = Document("- a: 1\n  b:\n    - x\n    - y\n-\n  c: 2\n").lines
    assert lines == {(): 1, (0,): 1, (0, "a"): 1, (0, "b"): 2, (0, "b", 0): 3, (0, "b", 1): 4, (1,): 6, (1, "c"): 6}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: &x 1\nb: *x", 1, "anchors"),
        ("- 1\n- *x", 2, "aliases"),
        ("a: 1\n&k b: 2", 2, "key"),
        ("a: !!python/object:os.system {}", 1, "tags"),
        ("a: !!binary aGk=", 1, "tags"),
        ("a: 1\na: 2", 2, "twice"),
        ("? [a]\n: 1", 1, "key"),
        ("--- 1\n--- 2", 2, "second document"),
        ("a: [1\nb: 2", 2, "expected"),
        ("a: b: c", 1, "not allowed"),
        ("a\x00b", 1, "not permit"),
        ("- a\n- \x1b", 2, "not permit"),
        ("[" * 200, 1, "100 levels"),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=says) as error:
        Document(text)
    assert error.value.line == line


def test_values_are_counted() -> None:
    with pytest.raises(YamlError, match="more than 10 values"):
        Document("[" + "1," * 10 + "]", most=10)
