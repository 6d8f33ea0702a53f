"""Creates the folder of a new peer from a template (docs/decisions/0025).

A template is a folder below templates/: its own files, and a template.toml that lists files to copy from an existing
peer. So a skeleton's channel, lanes and Hello are those of a peer that is tested every day, and adding a folder adds a
template. Other languages get the template `bare`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from zmq_interop.core.peer import NAME, NAME_HINT
from zmq_interop.peers import manifest
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import PEERS, TEMPLATES

BARE = "bare"
ABOUT = "template.toml"
LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9+#._-]{0,31}")


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template.toml. Own files and edits may hold @name@ and @language@.

    languages: words that mean it, in lower case. peer: whose files it takes, None where it takes none. takes: these
    files. edits: of a file among them, a text in it, and what that becomes wherever it stands.
    """

    languages: tuple[str, ...]
    peer: str | None = None
    takes: tuple[str, ...] = ()
    edits: tuple[tuple[str, str, str], ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a skeleton."""

    text: str
    executable: bool


def make(name: str, language: str, into: Path | None = None) -> Path:
    """Creates the folder of the peer `name` atomically and returns it.

    language: any word; one that no template knows gets the bare one. into: the folder, by default peers/NAME in a
    checkout and NAME here elsewhere. Raises UsageError for a name that cannot be a peer's, one that a peer has, a word
    that cannot be a language, and a folder that is there or cannot be made.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a peer's name", NAME_HINT)
    if name in ("build", "gen"):
        raise UsageError(f"{name!r} cannot be a peer's name", "builds write to folders of that name")
    if name in (peers := manifest.discover()):
        raise UsageError(f"there is a peer {name!r}: {peers[name].folder}", "choose another name")
    if not LANGUAGE.fullmatch(language):
        raise UsageError(
            f"--language {language!r}: not a valid language name",
            f"one of {', '.join(known())}, or any other: a letter, then at most 31 letters, digits and + # . _ -",
        )
    target = (into or (Path(name) if home.INSTALLED else PEERS / name)).absolute()
    if target.parent == PEERS and target.name != name:
        raise UsageError(
            f"--into {into}: below {PEERS} a peer's folder must have the peer's name", f"omit --into to create {name}"
        )
    if os.path.lexists(target):
        raise UsageError(f"{target} already exists", "choose another name or folder: a template overwrites nothing")
    _write(skeleton(name, language), target)
    return target


def known() -> list[str]:
    """The languages that have a template."""
    return sorted(word for template in _templates().values() for word in template.languages[:1])


def template_of(language: str) -> str:
    """The name of the template that a word means."""
    found = (name for name, template in _templates().items() if language.lower() in template.languages)
    return next(found, BARE)


def skeleton(name: str, language: str) -> dict[str, File]:
    """The files of a new peer, by their names."""
    folder = TEMPLATES / template_of(language)
    template = _read(folder)
    tokens = {"@name@": name, "@language@": language}
    files = {path.name: _file(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != ABOUT}
    files = {own: msgspec.structs.replace(file, text=_fill(file.text, tokens)) for own, file in files.items()}
    files |= {taken: _file(PEERS / str(template.peer) / taken) for taken in template.takes}
    for edited, old, new in template.edits:
        file = files[edited]
        if old not in file.text:
            raise ValueError(f"{folder / ABOUT}: {edited} of the peer {template.peer} has no {old!r}")
        files[edited] = msgspec.structs.replace(file, text=file.text.replace(old, _fill(new, tokens)))
    return files


def _templates() -> dict[str, Template]:
    return {path.parent.name: _read(path.parent) for path in sorted(TEMPLATES.glob(f"*/{ABOUT}"))}


def _read(folder: Path) -> Template:
    return msgspec.toml.decode((folder / ABOUT).read_bytes(), type=Template)


def _file(path: Path) -> File:
    return File(text=path.read_text(), executable=os.access(path, os.X_OK))


def _fill(text: str, tokens: Mapping[str, str]) -> str:
    for token, value in tokens.items():
        text = text.replace(token, value)
    return text


def _write(files: Mapping[str, File], target: Path) -> None:
    """Writes all files next to the target and then renames, so that an interruption leaves no partial peer."""
    fresh: Path | None = None
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        fresh.chmod(0o755)
        for name, file in files.items():
            (fresh / name).write_text(file.text)
            (fresh / name).chmod(0o755 if file.executable else 0o644)
        fresh.rename(target)
    except OSError as error:
        hint = "--into DIR names another folder; its parent must exist and be writable"
        raise UsageError(f"{target} cannot be created: {error.strerror or error}", hint) from None
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
