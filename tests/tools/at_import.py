"""Imports every module of a package, and prints what their bodies do besides defining things.

A module that reads the environment or the file system while it is imported has decided before a command has read its
options, and a test has to patch it. `main` prints a line for each such read: the module, the line of its body that led
there, and what it did. What the import system and other packages do is theirs.
"""

from __future__ import annotations

import gettext
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

# What Python does for any code: compile it, load it, look something up in an object.
_HARMLESS = ("builtins.", "code.", "compile", "ctypes.", "exec", "function.", "import", "marshal.", "object.", "sys.")
_UNAUDITED = ("access", "getcwd", "lstat", "readlink", "stat")  # of os: reads that raise no audit event

found: dict[str, None] = {}


def body(package: str, frame: FrameType | None) -> FrameType | None:
    """The body of the package's module that this frame is called from; None if the import system stands between."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(("<frozen importlib", gettext.__file__)):
            return None  # gettext: click translates its own words
        if frame.f_code.co_name == "<module>":
            name = str(frame.f_globals.get("__name__"))
            return frame if name == package or name.startswith(f"{package}.") else None
        frame = frame.f_back
    return None


def watch(package: str) -> None:
    """From now on, notes what bodies of the package's modules do."""

    def note(what: str) -> None:
        if at := body(package, sys._getframe(2)):
            found[f"{at.f_globals['__name__']}:{at.f_lineno}: {what}"] = None

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if not event.startswith(_HARMLESS):
            note(f"{event} {arguments[:1]}")

    def noted(call: Callable[..., Any], what: str) -> Callable[..., Any]:
        def noting(*arguments: Any, **named: Any) -> Any:
            note(f"{what} {arguments[-1:]}")
            return call(*arguments, **named)

        return noting

    environment: Any = type(os.environ)
    for name in ("__getitem__", "__iter__", "__len__"):
        setattr(environment, name, noted(getattr(environment, name), "os.environ"))
    for name in _UNAUDITED:
        setattr(os, name, noted(getattr(os, name), f"os.{name}"))
    sys.addaudithook(audit)


def import_all(package: str) -> None:
    """Imports the package with all its modules, but for the one that is a program."""
    top = importlib.import_module(package)
    for module in pkgutil.walk_packages(top.__path__, f"{package}."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


def main(package: str) -> None:
    """Prints what the modules of a package do."""
    before = list(sys.path)
    watch(package)
    import_all(package)
    if sys.path != before:
        found["sys.path has changed"] = None
    sys.stdout.writelines(f"{one}\n" for one in found)
