"""The effect of a breaking schema change on the wire, and the cells of the suite that show it. Pure.

The rules are those of `buf breaking`. Most of them concern generated code and do not change the bytes: the table says
which.
"""

from __future__ import annotations

import re

import msgspec


class Effect(msgspec.Struct, frozen=True):
    """An effect on the wire. cells: patterns of the cells that show it. note: the effect, for people."""

    note: str
    cells: tuple[str, ...] = ()


def _skew(note: str, *values: str) -> Effect:
    return Effect(note, tuple(f"schema_skew/tcp/{value}" for value in values))


_CODE = Effect("nothing: only generated code differs")
_NAMES = Effect("nothing, unless in google.protobuf.Any: nothing else on the wire contains type names")
_JSON = Effect("nothing: only the JSON of the message differs")
_SERVICES = Effect("nothing that the suite tests: services are not sent as messages")
_REMOVED = Effect(
    "older writers still send it, and newer readers keep it as an unknown field",
    ("schema_skew/tcp/field-removed", "unknown_fields/tcp"),
)
_RENAMED = _skew("nothing: the wire has field numbers, not names", "field-renamed")
_ENUM = Effect("a reader keeps a number that it has no name for", ("enum/tcp/unknown", "schema_skew/tcp/int32-enum"))
_EXTENSION = Effect("a reader keeps it as an unknown field", ("unknown_fields/tcp",))
_ONEOF = _skew("the bytes are the same; the last member sent wins", "alone-oneof")
_UTF8 = Effect(
    "the bytes are the same, but one side may refuse them",
    ("schema_skew/tcp/string-bytes", "bad_payload_received/tcp/not-utf-8"),
)
_DEFAULT_ON_THE_WIRE = ("decode_proof/tcp/default-on-the-wire",)
_PRESENCE = Effect(
    "a default value may or may not be sent; readers get the same value, and each tells unset from set",
    _DEFAULT_ON_THE_WIRE,
)
_PRESENCE_LOST = Effect(
    "presence is lost: newer writers do not send a default value such as 0, and readers of either version cannot tell "
    "it from unset; the value is the same",
    _DEFAULT_ON_THE_WIRE,
)
_PRESENCE_GAINED = Effect(
    "presence is new: older writers do not send a default value such as 0, and newer readers take it for unset; the "
    "value is the same",
    _DEFAULT_ON_THE_WIRE,
)
_MAP = _skew("a map and a list of its entries are the same bytes; a map keeps the last of equal keys", "entries-map")
_ONE_OR_MANY = _skew(
    "a single field takes the last of many values; messages are merged; packed numbers are not read",
    "one-many",
    "many-messages-one",
    "unsafe-packed-one",
)
_OTHER_MESSAGE = _skew(
    "the bytes are read by field number, whatever the type's name", "field-added", "field-removed", "field-renamed"
)
_OTHER_WIRE_TYPE = _skew("the wire type differs: the reader does not find the field", "unsafe-int32-fixed32")
_OTHER_ENCODING = _skew("the wire type is the same, but the reader gets a different number", "unsafe-int32-sint32")
_SAME_WIDTH = Effect("the same four or eight bytes, read as a different number; no cell tests it")
_PARSED = Effect(
    "text or bytes are read as a message: the reader refuses it or gets nonsense",
    ("schema_skew/tcp/message-bytes", "bad_payload_received/tcp/truncated"),
)

EFFECTS = {
    "ENUM_NO_DELETE": _NAMES,
    "ENUM_SAME_JSON_FORMAT": _JSON,
    "ENUM_SAME_TYPE": _ENUM,
    "ENUM_VALUE_NO_DELETE": _ENUM,
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED": _ENUM,
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED": _ENUM,
    "ENUM_VALUE_SAME_NAME": Effect("nothing: the wire has enum numbers, not names", ("enum/tcp/known",)),
    "EXTENSION_MESSAGE_NO_DELETE": _EXTENSION,
    "EXTENSION_NO_DELETE": _EXTENSION,
    "FIELD_NO_DELETE": _REMOVED,
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED": _REMOVED,
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED": _REMOVED,
    "FIELD_SAME_CARDINALITY": _ONE_OR_MANY,
    "FIELD_SAME_CPP_STRING_TYPE": _CODE,
    "FIELD_SAME_DEFAULT": Effect("nothing: each reader has its own default; no cell tests proto2"),
    "FIELD_SAME_JAVA_UTF8_VALIDATION": _UTF8,
    "FIELD_SAME_JSON_NAME": _JSON,
    "FIELD_SAME_JSTYPE": _CODE,
    "FIELD_SAME_NAME": _RENAMED,
    "FIELD_SAME_ONEOF": _ONEOF,
    "FIELD_SAME_TYPE": _OTHER_WIRE_TYPE,
    "FIELD_SAME_UTF8_VALIDATION": _UTF8,
    "FIELD_WIRE_COMPATIBLE_CARDINALITY": _ONE_OR_MANY,
    "FIELD_WIRE_COMPATIBLE_TYPE": _OTHER_WIRE_TYPE,
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY": _ONE_OR_MANY,
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE": _OTHER_WIRE_TYPE,
    "FILE_NO_DELETE": _NAMES,
    "FILE_SAME_PACKAGE": _NAMES,
    "FILE_SAME_SYNTAX": Effect(
        "lists may be packed or not, defaults sent or not, enums open or closed",
        ("repeated/tcp", "decode_proof/tcp/default-on-the-wire", "enum/tcp/unknown"),
    ),
    **dict.fromkeys(
        (
            "FILE_SAME_CC_ENABLE_ARENAS",
            "FILE_SAME_CC_GENERIC_SERVICES",
            "FILE_SAME_CSHARP_NAMESPACE",
            "FILE_SAME_GO_PACKAGE",
            "FILE_SAME_JAVA_GENERIC_SERVICES",
            "FILE_SAME_JAVA_MULTIPLE_FILES",
            "FILE_SAME_JAVA_OUTER_CLASSNAME",
            "FILE_SAME_JAVA_PACKAGE",
            "FILE_SAME_OBJC_CLASS_PREFIX",
            "FILE_SAME_OPTIMIZE_FOR",
            "FILE_SAME_PHP_CLASS_PREFIX",
            "FILE_SAME_PHP_METADATA_NAMESPACE",
            "FILE_SAME_PHP_NAMESPACE",
            "FILE_SAME_PY_GENERIC_SERVICES",
            "FILE_SAME_RUBY_PACKAGE",
            "FILE_SAME_SWIFT_PREFIX",
            "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR",
        ),
        _CODE,
    ),
    "MESSAGE_NO_DELETE": _NAMES,
    "MESSAGE_SAME_JSON_FORMAT": _JSON,
    "MESSAGE_SAME_REQUIRED_FIELDS": Effect(
        "a reader refuses a message without its required fields; no cell tests proto2"
    ),
    "ONEOF_NO_DELETE": _ONEOF,
    **dict.fromkeys(
        (
            "PACKAGE_ENUM_NO_DELETE",
            "PACKAGE_EXTENSION_NO_DELETE",
            "PACKAGE_MESSAGE_NO_DELETE",
            "PACKAGE_NO_DELETE",
        ),
        _NAMES,
    ),
    "PACKAGE_SERVICE_NO_DELETE": _SERVICES,
    "RESERVED_ENUM_NO_DELETE": _ENUM,
    "RESERVED_MESSAGE_NO_DELETE": _skew(
        "nothing yet; a field that reuses the number is read as the old field",
        "unsafe-int32-sint32",
        "unsafe-int32-fixed32",
    ),
    **dict.fromkeys(
        (
            "RPC_NO_DELETE",
            "RPC_SAME_CLIENT_STREAMING",
            "RPC_SAME_IDEMPOTENCY_LEVEL",
            "RPC_SAME_REQUEST_TYPE",
            "RPC_SAME_RESPONSE_TYPE",
            "RPC_SAME_SERVER_STREAMING",
            "SERVICE_NO_DELETE",
        ),
        _SERVICES,
    ),
}

_TYPES = re.compile(r'changed type from "([^"]+)" to "([^"]+)"')
_CARDINALITIES = re.compile(r'changed cardinality from "([^"]+)" to "([^"]+)"')
_SIGNED, _UNSIGNED = frozenset({"int32", "int64"}), frozenset({"uint32", "uint64"})
_VARINT = _SIGNED | _UNSIGNED | {"bool", "enum"}
_ZIGZAG = frozenset({"sint32", "sint64"})
_FIXED = (frozenset({"fixed32", "sfixed32"}), frozenset({"fixed64", "sfixed64"}))
_WIDTHS = (_FIXED[0] | {"float"}, _FIXED[1] | {"double"})


def effect(rule: str, text: str) -> Effect:
    """The effect on the wire if `buf breaking` reports a violation of `rule`.

    text: buf's message, which names the two types or cardinalities.
    """
    if found := _TYPES.search(text):
        return _of_types(*found.groups())
    if found := _CARDINALITIES.search(text):
        both = set(found.groups())
        if "map" in both:
            return _MAP
        if "repeated" in both:
            return _ONE_OR_MANY
        old, new = found.groups()
        if "implicit presence" in new:
            return _PRESENCE_LOST
        return _PRESENCE_GAINED if "implicit presence" in old else _PRESENCE
    return EFFECTS.get(rule, Effect("unknown: the suite does not know this rule"))


def _of_types(old: str, new: str) -> Effect:
    """The effect of a changed field type. A name with a dot is an enum or a message; the name does not say which."""
    both = {old, new}
    if "." in old and "." in new:
        return _OTHER_MESSAGE
    both = {"message" if "." in name else name for name in both}
    if both <= _VARINT:
        return _of_varints(both)
    if both <= _ZIGZAG:
        return _skew("a value that does not fit loses its upper bits", "sint32-sint64")
    if both <= _VARINT | _ZIGZAG:
        return _OTHER_ENCODING
    if any(both <= pair for pair in _FIXED):
        return _skew("the same bytes, read with or without a sign", "fixed32-sfixed32")
    if any(both <= width for width in _WIDTHS):
        return _SAME_WIDTH
    if both == {"string", "bytes"}:
        return _UTF8
    if both == {"message", "bytes"}:
        return _skew("the bytes are the same: those of the encoded message", "message-bytes")
    return _PARSED if both == {"message", "string"} else _OTHER_WIRE_TYPE


def _of_varints(both: set[str]) -> Effect:
    values = [
        value
        for value, apply in (
            ("int32-bool", "bool" in both),
            ("int32-enum", "enum" in both),
            ("int32-uint32", bool(both & _SIGNED) and bool(both & _UNSIGNED)),
            ("int32-int64", len({name.endswith("64") for name in both}) == 2),
        )
        if apply
    ]
    return _skew("the same bytes; a value that does not fit is truncated or changes sign", *values)
