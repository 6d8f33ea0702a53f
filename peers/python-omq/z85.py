"""Keys as text (ZeroMQ RFC 32, Z85): pyomq takes CURVE keys in no other form, and the contract gives the bytes."""

_DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def encode(data: bytes) -> bytes:
    """Five digits for every four bytes; ValueError where the bytes do not come in fours."""
    if len(data) % 4:
        raise ValueError(f"{len(data)} bytes are no key")
    numbers = (int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4))
    return bytes(_DIGITS[number // 85**place % 85] for number in numbers for place in (4, 3, 2, 1, 0))


def decode(text: bytes) -> bytes:
    """The bytes of which `text` is the Z85 form; "" for an option that is not set."""
    groups = (text[at : at + 5] for at in range(0, len(text), 5))
    numbers = (sum(_DIGITS.index(digit) * 85 ** (4 - place) for place, digit in enumerate(group)) for group in groups)
    return b"".join(number.to_bytes(4, "big") for number in numbers)
