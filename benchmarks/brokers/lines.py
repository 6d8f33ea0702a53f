"""How many lines a system takes to set up: of code in its client, and of configuration of its server."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable

_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def of_code(source: str) -> int:
    """Lines of Python that have code on them: neither blank nor comment nor docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstrings(source))


def _docstrings(source: str) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found


def of_configuration(files: Iterable[str], commands: int) -> int:
    """Lines of configuration files that are neither blank nor comments, and one for each command that must be run."""
    return commands + sum(
        1 for text in files for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
