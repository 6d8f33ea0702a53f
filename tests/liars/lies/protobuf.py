"""Lies about protobuf messages: what a library could get wrong in decoding and encoding them."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from google.protobuf.message import DecodeError
from lane import AgentError, Lane
from payload import message_class, transcode

from tests.liars.lie import Lie
from zmq_interop.schemas import wire_format


class Changes(Lane):
    """Decodes and encodes, and changes the message in between."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        message = message_class(type_name).FromString(data)
        self.change(message)
        changed: bytes = message.SerializeToString()
        return changed

    def change(self, message: Any) -> None:
        raise NotImplementedError


class ForgetsUnknown(Changes):
    """Drops fields that its type does not know."""

    def change(self, message: Any) -> None:
        message.DiscardUnknownFields()


class ClosesEnums(Changes):
    """Drops an enum's number that has no name."""

    def change(self, message: Any) -> None:
        for field, value in message.ListFields():
            if field.enum_type and not field.is_repeated and value not in field.enum_type.values_by_number:
                message.ClearField(field.name)


class DropsDefaults(Changes):
    """Drops what is set, but to its default: members of oneofs, messages, values of maps."""

    def change(self, message: Any) -> None:
        for field, value in message.ListFields():
            if field.message_type and field.message_type.GetOptions().map_entry:
                for key in [key for key in value if not key]:
                    del value[key]
            elif not field.is_repeated and (not value.ByteSize() if field.message_type else not value):
                message.ClearField(field.name)


class NoNegatives(Changes):
    """Makes zero of what is less."""

    def change(self, message: Any) -> None:
        for field, value in message.ListFields():
            if not field.is_repeated and isinstance(value, int | float) and value < 0:
                message.ClearField(field.name)


class PlainZeros(Changes):
    """Makes zero of minus zero."""

    def change(self, message: Any) -> None:
        for field, value in message.ListFields():
            if not field.is_repeated and isinstance(value, float):
                setattr(message, field.name, value + 0.0)


class ShortLists(Changes):
    """Keeps the first hundred elements of a list."""

    def change(self, message: Any) -> None:
        for field, value in message.ListFields():
            if field.is_repeated and not (field.message_type and field.message_type.GetOptions().map_entry):
                del value[100:]


class Shallow(Changes):
    """Forgets what is nested deeper than ten levels."""

    def change(self, message: Any, depth: int = 10) -> None:
        for field, value in message.ListFields():
            if field.message_type and not field.is_repeated:
                if depth:
                    self.change(value, depth - 1)
                else:
                    message.ClearField(field.name)


class OmitsRequired(Lane):
    """Leaves out the fields that a message must have (proto2)."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        message = message_class(type_name).FromString(data)
        for field in message.DESCRIPTOR.fields:
            if field.is_required:
                message.ClearField(field.name)
        changed: bytes = message.SerializePartialToString()
        return changed


class FirstWins(Lane):
    """Reads a message from its end."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        try:
            return transcode(type_name, b"".join(reversed(list(wire_format.records(data)))))
        except ValueError:  # a group, or no message at all
            return transcode(type_name, data)


class NarrowNegatives(Lane):
    """Writes a negative int32 or enum in five bytes, which most decoders take for the same number."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        return self.narrowed(message_class(type_name).DESCRIPTOR, super().transcode(type_name, data))

    def narrowed(self, type: Any, data: bytes) -> bytes:
        fields = type.fields_by_number
        changed = b""
        for record in wire_format.records(data):
            key, start = wire_format.read_varint(record, 0)
            field = fields.get(key >> 3)
            if field and field.type in (field.TYPE_INT32, field.TYPE_ENUM) and key & 7 == wire_format.VARINT:
                changed += record[:start] + wire_format.varint(wire_format.read_varint(record, start)[0] & 0xFFFFFFFF)
            else:
                changed += record
        return changed


class OnBadBytes(Lane):
    """Does something of its own where bytes do not decode."""

    def transcode(self, type_name: str, data: bytes) -> bytes:
        try:
            return super().transcode(type_name, data)
        except DecodeError as error:
            return self.bad(error)

    def bad(self, error: DecodeError) -> bytes:
        raise NotImplementedError


class Lenient(OnBadBytes):
    """Takes bytes that do not decode for an empty message."""

    def bad(self, _: DecodeError) -> bytes:
        return b""


class Sulks(OnBadBytes):
    """Decodes nothing any more once bytes did not decode."""

    offended = False

    def transcode(self, type_name: str, data: bytes) -> bytes:
        if self.offended:
            raise DecodeError("I am offended")
        return super().transcode(type_name, data)

    def bad(self, error: DecodeError) -> NoReturn:
        self.offended = True
        raise error

    def close_all(self, operation: Any) -> Any:
        self.offended = False  # the lane's next cell is to see it happen, too
        return super().close_all(operation)


class Dies(OnBadBytes):
    """Ends where bytes do not decode."""

    def bad(self, _: DecodeError) -> NoReturn:
        os._exit(3)


class SendsAnyway(Lane):
    """Answers that a message cannot be sent, and sends an empty one."""

    def send(self, operation: Any) -> Any:
        try:
            return super().send(operation)
        except AgentError as error:
            if error.code == "PAYLOAD":
                self.sockets[operation.socket].send(b"")
            raise


LIES = {
    "forgets-unknown": Lie(lane=ForgetsUnknown),
    "closes-enums": Lie(lane=ClosesEnums),
    "drops-defaults": Lie(lane=DropsDefaults),
    "no-negatives": Lie(lane=NoNegatives),
    "plain-zeros": Lie(lane=PlainZeros),
    "short-lists": Lie(lane=ShortLists),
    "shallow": Lie(lane=Shallow),
    "omits-required": Lie(lane=OmitsRequired),
    "first-wins": Lie(lane=FirstWins),
    "narrow-negatives": Lie(lane=NarrowNegatives),
    "lenient": Lie(lane=Lenient),
    "sulks": Lie(lane=Sulks),
    "dies-of-bad-bytes": Lie(lane=Dies),
    "sends-anyway": Lie(lane=SendsAnyway),
}
