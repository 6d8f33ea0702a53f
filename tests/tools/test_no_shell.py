"""No command is a string that a shell takes apart: what a peer, a path or a pattern holds stays one argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.tool import complain, tracked
from zmq_interop.system.paths import ROOT

# Of these a string is a command line; the others take a list, and a shell only when they are told to.
SHELLS = {
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "create_subprocess_shell",
    "subprocess_shell",
    "pty.spawn",
    "eval",
    "exec",
}
_SHELL = re.compile(r"(.*/)?(ba|da|z|k)?sh")


def found(source: str, own: bool) -> Iterator[tuple[int, str]]:
    """Line and what is wrong. own: whether it is the project's own code, and no test, which may try a shell out."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in SHELLS or (isinstance(node.func, ast.Attribute) and node.func.attr == "subprocess_shell"):
            yield node.lineno, f"{name}(...)"
        for keyword in node.keywords:
            if keyword.arg == "shell" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                yield node.lineno, "shell=..."
        for argument in node.args:
            words = argument.elts if own and isinstance(argument, ast.List | ast.Tuple) else []
            values = [word.value for word in words if isinstance(word, ast.Constant)]
            if "-c" in values and any(isinstance(word, str) and _SHELL.fullmatch(word) for word in values):
                yield node.lineno, "a shell with -c"


def test_no_shell_is_built_from_strings() -> None:
    wrong = []
    for path in tracked():
        if path.suffix != ".py" and not _is_python(path):
            continue
        own = not path.is_relative_to(ROOT / "tests")
        wrong += [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in found(path.read_text(), own)]
    complain(
        "commands as strings", wrong, "give the program and its arguments as a list (zmq_interop/system/commands.py)"
    )


def _is_python(path: Path) -> bool:
    with path.open("rb") as file:
        return re.match(rb"#!.*python", file.readline(100)) is not None


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("subprocess.run(['ls', name])", 0),
        ("subprocess.run('ls ' + name, shell=True)", 1),
        ("subprocess.run(command, shell=wanted)", 1),
        ("subprocess.run(command, shell=False)", 0),
        ("os.system(f'rm {name}')", 1),
        ("await asyncio.create_subprocess_shell(text)", 1),
        ("loop.subprocess_shell(make, text)", 1),
        ("subprocess.run(['sh', '-c', f'ls {name}'])", 1),
        ("subprocess.run(('/bin/bash', '-e', '-c', text))", 1),
        ("subprocess.run([sys.executable, '-c', text])", 0),
    ],
)
def test_the_rule_sees(source: str, lines: int) -> None:
    assert len(list(found(source, own=True))) == lines
