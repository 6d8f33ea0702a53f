"""The bare loops: programs that do a burst with a socket library and nothing else, bare.c, bare.go and bare.py."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import NotMeasured
from zmq_interop.system.paths import PEERS

HERE = Path(__file__).parent


class Loop:
    """A bare loop as seen from outside."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def measure(self, count: int, size: int) -> float:
        """Seconds for one burst. Blocks on purpose: nothing else shall run meanwhile."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"{count} {size}\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        if not answer:
            raise NotMeasured("the bare loop ended early; what it said stands above")
        return int(answer) / 1e9


@contextmanager
def running(command: Sequence[str | Path]) -> Iterator[Loop]:
    """A bare loop, from its start to its end."""
    # A session of its own: Ctrl-C is for the harness, and the end of stdin ends the program.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        try:
            yield Loop(program)
        finally:
            program.communicate()


def of_c(folder: Path) -> list[str | Path]:
    """The command of bare.c, compiled into `folder`. Raises NotMeasured where it cannot be; so do all of these."""
    return _compiled(["cc", "-O2", "-o", folder / "bare-c", HERE / "bare.c", "-lzmq"], folder / "bare-c", {})


def of_go(folder: Path, environment: Mapping[str, str]) -> list[str | Path]:
    """The command of bare.go, compiled with the modules of peers/go. environment: that of the peer's build."""
    flags = {"GOFLAGS": "-mod=readonly -trimpath -buildvcs=false -tags=netgo,osusergo", "GOWORK": "off"}
    target = folder / "bare-go"
    return _compiled(["go", "build", "-o", target, HERE / "bare.go"], target, {**environment, **flags}, PEERS / "go")


def of_python() -> list[str | Path]:
    """The command of bare.py, with the pyzmq of peers/python, which is the harness's own."""
    return [sys.executable, HERE / "bare.py"]


def _compiled(
    compile_: Sequence[str | Path], target: Path, environment: Mapping[str, str], folder: Path = HERE
) -> list[str | Path]:
    try:
        env = {**os.environ, **environment}
        subprocess.run(compile_, check=True, capture_output=True, text=True, cwd=folder, env=env)
    except OSError as error:
        raise NotMeasured(f"{compile_[0]}: {error.strerror}; it takes a compiler: ./interop doctor") from None
    except subprocess.CalledProcessError as error:
        said = next((line for line in error.stderr.splitlines() if "error" in line), f"{compile_[0]} failed")
        raise NotMeasured(f"{said}; it takes libzmq and its headers: ./interop doctor") from None
    return [target]
