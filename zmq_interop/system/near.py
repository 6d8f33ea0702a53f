"""Suggestions for misspelt names. Pure."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Mapping, Sequence

_SHORTEST = 2  # letters from which a beginning means something
_WILD = frozenset("*?[")


def name(word: str, known: Iterable[str]) -> str:
    """The known name that is most like the word, "" where none is. Upper and lower case count as the same.

    A name that the word begins with, or that begins with the word, is alike as well: "golang" is meant to be "go".
    """
    folded = {one.casefold(): one for one in known}
    asked = word.casefold()
    if found := difflib.get_close_matches(asked, folded, 1):
        return folded[found[0]]
    if len(asked) < _SHORTEST:
        return ""
    begun = [one for one in folded if one.startswith(asked)]
    begins = [one for one in folded if len(one) >= _SHORTEST and asked.startswith(one)]
    return folded[min(begun, key=len)] if begun else folded[max(begins, key=len)] if begins else ""


def hint(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The same as a question for a message, before what it says otherwise: "did you mean 'python'? known: ..."."""
    found = name(word, known)
    return " ".join(filter(None, (f"did you mean {found!r}?" if found else "", otherwise)))


def pattern(text: str, ids: Mapping[str, Sequence[str]], peers: Iterable[str]) -> str:
    """The beginning of a cell's id that is most like this one, "" where none is.

    ids: by scenario, those of its cells. It is right up to some part, and that part is the one that is misspelt.
    """
    if _WILD & set(text):
        return _wild(text, ids, list(peers))
    head, *rest = text.rstrip("/").split("/")
    if head not in ids:
        return "/".join([found, *rest]) if (found := name(head, ids)) else ""
    right = [head]
    for part in rest:
        begins = "/".join(right) + "/"
        known = dict.fromkeys(id.removeprefix(begins).partition("/")[0] for id in ids[head] if id.startswith(begins))
        if part not in known:
            found = _players(part, list(peers)) if ":" in part else name(part, known)
            right.append(found)
            return "/".join(right) if found and found != part else ""
        right.append(part)
    return ""


def _wild(text: str, ids: Mapping[str, Sequence[str]], peers: Sequence[str]) -> str:
    """The same for a pattern with wildcards: each part without one must be a part of some id."""
    known = dict.fromkeys(part for of_one in ids.values() for id in of_one for part in id.split("/"))
    right = []
    for part in text.split("/"):
        if part in known or (_WILD & set(part) and ":" not in part):
            right.append(part)
        else:
            right.append(_players(part, peers) if ":" in part else name(part, known))
    found = "/".join(right)
    return (
        found if all(right) and any(fnmatch.fnmatchcase(id, found) for of_one in ids.values() for id in of_one) else ""
    )


def _players(part: str, peers: Sequence[str]) -> str:
    found = [word if word in peers or _WILD & set(word) else name(word, peers) for word in part.split(":")]
    return ":".join(found) if all(found) else ""
