"""Suggestions for misspelt names. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence


def name(word: str, known: Iterable[str]) -> str:
    """The known name that is most like the word, "" where none is."""
    return next(iter(difflib.get_close_matches(word, list(known), 1)), "")


def hint(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The same as a question for a message, before what it says otherwise: "did you mean 'python'? known: ..."."""
    found = name(word, known)
    return " ".join(filter(None, (f"did you mean {found!r}?" if found else "", otherwise)))


def pattern(text: str, ids: Mapping[str, Sequence[str]], peers: Iterable[str]) -> str:
    """The beginning of a cell's id that is most like this one, "" where none is.

    ids: by scenario, those of its cells. It is right up to some part, and that part is the one that is misspelt.
    """
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


def _players(part: str, peers: Sequence[str]) -> str:
    found = [word if word in peers else name(word, peers) for word in part.split(":")]
    return ":".join(found) if all(found) else ""
