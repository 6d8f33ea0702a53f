"""Commands of the harness in processes of their own, of which nothing may be left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.traces import Traces
from zmq_interop.system.errors import Exit

TRACEBACK = "Traceback (most recent call last)"
HONEST = "push_pull/tcp/python:python"
PATIENCE = 10.0  # seconds; nothing that is asserted takes more than two


def account(planned: int, **verdicts: int) -> str:
    """The last line of a run."""
    kinds = ("pass", "fail", "known", "fixed", "unsupported", "broken")
    return f"planned {planned} = " + " + ".join(f"{kind} {verdicts.get(kind, 0)}" for kind in kinds)


GREEN = account(1, **{"pass": 1})


class Harness(Traces):
    """Commands, and what tests ask of them."""

    def run(self, *arguments: str | Path, code: str = "", **settings: Any) -> tuple[int, list[str], str]:
        """Exit code, the lines on stdout, stderr."""
        process = self.start(*arguments, code=code, **settings)
        out, err = process.communicate()
        assert TRACEBACK not in out + err
        return process.returncode, out.splitlines(), err

    def play(self, **settings: Any) -> list[str]:
        """Plays one honest cell, which must pass, and gives back what was told on stdout."""
        code, out, err = self.run("run", HONEST, "--runtime", "process", **settings)
        assert (code, out[-1]) == (Exit.OK, GREEN), err
        return out
