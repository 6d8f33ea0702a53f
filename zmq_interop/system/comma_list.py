"""Lists of names in one word, "A,B,...", as options take them. Pure."""

from __future__ import annotations

from zmq_interop.system.errors import UsageError


def parse(text: str, option: str) -> tuple[str, ...]:
    """The names in the text, without the blanks around them. option: its name, for the message.

    Raises UsageError for an empty name: most often a variable of a script is empty, and the rest is not what was meant.
    """
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise UsageError(
            f"{option} {text!r}: a name is missing" + (" beside a comma" if "," in text else ""),
            f"write {option} {','.join(filter(None, found)) or 'A,B,...'}, or omit the option",
        )
    return found
