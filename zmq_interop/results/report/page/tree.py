"""What the page reads from the source tree because no log has it: texts of findings, and the commit."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from zmq_interop.schemas import git_tree
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError

MOST_TEXT = 8000  # characters of one finding


class Section(msgspec.Struct, frozen=True):
    """Of a document: its heading, and the Markdown below it."""

    heading: str
    text: str


def section(url: str, root: Path = home.ROOT) -> Section | None:
    """The section that a ledger entry links to: "docs/findings/pyomq.md#a-heading".

    None for any other link, and if it does not exist. Only documents below docs/ are read: the writer of a log must not
    be able to put other files into the page.
    """
    path, _, anchor = url.partition("#")
    docs = (root / "docs").resolve()
    file = (root / path).resolve() if path and "\0" not in path else docs
    if file.suffix != ".md" or not file.is_relative_to(docs) or not file.is_file():
        return None
    found: list[str] = []
    heading = level = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        head = re.match(r"(#+) +(.*)", line)  # a line of code is set in by four blanks
        if heading and head and len(head[1]) <= len(level):
            break
        if heading:
            found.append(line)
        elif head and (not anchor or slug(head[2]) == anchor):
            level, heading = head[1], head[2]
    text = "\n".join(found).strip()
    return Section(heading, text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} ...") if heading else None


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commit(folder: Path | None = None) -> str:
    """The commit that is checked out in the project, or in the current folder of an installed harness; "" for none.

    Logs do not record it, so it is the commit at the time when the page is made.
    """
    try:
        top = git_tree.top(folder or (Path.cwd() if home.INSTALLED else home.ROOT))
        return git_tree.commit(top, "HEAD") if top else ""
    except UsageError:  # no git, or one that does not trust the folder
        return ""
