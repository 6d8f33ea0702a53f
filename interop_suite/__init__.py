"""What a wheel puts into an environment: this package, with the project's tree inside it as in a checkout.

`harness` is a name that a user's own package may well have, so it is none of the environment's: it is known once `load`
was called, which only the command `interop` and a pytest that asks for cells do (docs/decisions/0018).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

INSIDE = Path(__file__).resolve().parent / "harness"  # a checkout has it beside


def load() -> None:
    """Makes `harness` known, where it is not by itself."""
    if not INSIDE.is_dir() or _is_loaded():
        return
    spec = importlib.util.spec_from_file_location("harness", INSIDE / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["harness"] = module
    spec.loader.exec_module(module)


def namesake() -> str:
    """Where another package `harness` is that this process has imported or could import, "" where there is none."""
    if not INSIDE.is_dir() or _is_loaded():
        return ""
    spec = importlib.util.find_spec("harness")
    return str(spec.origin or "a folder on sys.path") if spec else ""


def _is_loaded() -> bool:
    return getattr(sys.modules.get("harness"), "__file__", None) == str(INSIDE / "__init__.py")


def main() -> None:
    """The command `interop`."""
    load()
    from harness import cli

    cli.main()
