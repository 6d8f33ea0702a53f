"""Makes inputs from valid ones: pure, so that the same random numbers give the same bytes.

Text is taken as tokens (words, numbers, strings, blanks, signs), so that most of what comes out still has the form of
the language and reaches what lies behind its grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w-]*|[0-9]+|[ \t]+|\n|.', re.DOTALL)
# What parsers stumble over: borders of numbers, endless and special ones, quotes, control and turning characters,
# halves of characters, bytes that no text has, a date that there is not.
_ODD = (
    b"0",
    b"-1",
    b"-0",
    b"2147483648",
    b"4294967296",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e400",
    b"1_000",
    b"0x7f",
    b"nan",
    b"inf",
    b"-inf",
    b"true",
    b"null",
    b"~",
    b"2026-02-30",
    b"2026-11-23T18:00:00Z",
    b'"',
    b"'",
    b'"""',
    b"'''",
    b'""',
    b"\\",
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\\x1b[2J"',
    b"\x1b[31m",
    b"\0",
    b"\x85",
    b"\xc3",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    "\u202e".encode(),
    "\U0001f600".encode(),
    b"\r",
    b"\n",
    b"\n\n",
    b"\t",
    b"#",
    b"[",
    b"]",
    b"[[",
    b"]]",
    b"{",
    b"}",
    b"=",
    b",",
    b".",
    b":",
    b"- ",
    b"&a ",
    b"*a",
    b"!!x ",
    b"---\n",
    b"../../x",
    b"/dev/zero",
    b"**/" * 20,
)
_NESTS = (b"[", b"{a=", b'{"a":', b"- ", b"a.", b"((", b"? ", b"[a.")
LONGEST = 16 << 10  # bytes; longer inputs tell nothing that a bound on the size does not


class Texts:
    """Inputs from valid texts. words: what else the language knows, such as names of keys."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> None:
        self._seeds = [_TOKEN.findall(seed) for seed in seeds]
        self._alike: dict[int, list[bytes]] = {}
        for token in sorted({*words, *_ODD, *(token for seed in self._seeds for token in seed)}):
            self._alike.setdefault(_sort(token), []).append(token)

    def __call__(self, random: Random) -> bytes:
        """The next input."""
        tokens = list(random.choice(self._seeds))
        for _ in range(1 + int(random.expovariate(0.7))):
            if random.random() < 0.6:
                self._replace(tokens, random)
            else:
                self._change(tokens, random)
        data = b"".join(tokens)[:LONGEST]
        return flipped(data, random) if random.random() < 0.05 else data

    def _replace(self, tokens: list[bytes], random: Random) -> None:
        """Puts another word for a word, another string for a string: the grammar holds, the meaning does not."""
        at = random.randrange(len(tokens) + 1)
        while at < len(tokens) and _sort(tokens[at]) == _SIGN:
            at += 1
        if at == len(tokens):
            return
        token = tokens[at]
        if token[:1] == b'"' and random.random() < 0.3:
            tokens[at] = b'"' + flipped(token[1:-1] + random.choice(_ODD), random) + b'"'
        else:
            tokens[at] = random.choice(self._alike[_sort(token)])

    def _change(self, tokens: list[bytes], random: Random) -> None:
        at = random.randrange(len(tokens) + 1)
        end = min(len(tokens), at + 1 + int(random.expovariate(0.2)))
        if random.random() < 0.4:  # whole lines
            at, end = _lines(tokens, at, end)
        match random.randrange(6):
            case 0:
                del tokens[at:end]
            case 1:
                tokens[at:at] = tokens[at:end]
            case 2:
                tokens[at : at + random.randrange(2)] = [random.choice(_ODD)]
            case 3:  # a piece of another one
                other = random.choice(self._seeds)
                start = random.randrange(len(other) + 1)
                start, stop = _lines(other, start, start + int(random.expovariate(0.1)))
                tokens[at:end] = other[start:stop]
            case 4:
                to = random.randrange(len(tokens) + 1)
                tokens[to:to] = tokens[at:end]
            case _ if random.random() < 0.1:  # deep, or long
                tokens.insert(at, random.choice((*_NESTS, random.choice(_ODD))) * random.choice((10, 100, 1500)))


_SIGN = -1


def _sort(token: bytes) -> int:
    """Words are alike, and so are numbers and strings; each sign is of a sort of its own, which has no choice."""
    first = token[:1]
    return 0 if first.isalpha() else 1 if first.isdigit() else 2 if first == b'"' else _SIGN


def _lines(tokens: list[bytes], at: int, end: int) -> tuple[int, int]:
    """The range of whole lines that has these tokens."""
    while at > 0 and tokens[at - 1] != b"\n":
        at -= 1
    while end < len(tokens) and tokens[end - 1 : end] != [b"\n"]:
        end += 1
    return at, end


def flipped(data: bytes, random: Random) -> bytes:
    """The bytes with some of them changed, or cut short."""
    changed = bytearray(data)
    for _ in range(1 + int(random.expovariate(1))):
        if not changed:
            break
        at = random.randrange(len(changed))
        match random.randrange(4):
            case 0:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                changed[at] = random.randrange(256)
            case 2:
                del changed[at:]
            case _:
                del changed[at]
    return bytes(changed)
