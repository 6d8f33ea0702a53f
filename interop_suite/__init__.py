"""What a wheel puts into an environment: this package, with the project's tree inside it as in a checkout.

`harness` is a name that a user's own package may well have, so it is none of the environment's: it is known once `load`
was called, which only the command `interop` and a pytest that asks for cells do (docs/decisions/0018).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def load() -> None:
    """Makes `harness` known, where it is in this package; a checkout has it beside. Raises ImportError where another
    package of that name was imported before."""
    folder = HERE / "harness"
    if not folder.is_dir():
        return
    known = sys.modules.get("harness")
    if known is None:
        spec = importlib.util.spec_from_file_location("harness", folder / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["harness"] = module
        spec.loader.exec_module(module)
    elif known.__file__ != str(folder / "__init__.py"):
        raise ImportError(f"another package `harness` was imported before, from {known.__file__}")


def main() -> None:
    """The command `interop`."""
    load()
    from harness import cli

    cli.main()
