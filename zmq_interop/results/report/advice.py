"""The commands that accept what a peer's compiler refuses, in the circumstances of the run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from zmq_interop.core.cell import matches
from zmq_interop.core.events import CellJudged, RunStarted
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.results.report.reading import Report
from zmq_interop.scenarios import OWN_SCHEMAS
from zmq_interop.system import home
from zmq_interop.system.text import typed

_LEDGER = ("--ledger", "--work-dir")  # the options of a run that `ledger add` needs too
OWN_LEDGER = "own-failures.toml"  # the suggested name; runs need `--ledger` with it, too
_OF_ONE_MACHINE = ("--report", "--shard")
_EXCLUDING = ("run", "compare")  # the commands that take --exclude


def commands(report: Report, cell: CellJudged) -> Iterator[tuple[str, str]]:
    """What can be done about a red cell, in words, each with its command. None unless the cell is uncompilable."""
    run = report.runs[report.source[cell.id]]
    if run is None or cell.verdict is not Verdict.FAIL or cell.kind is not Kind.UNCOMPILABLE:
        return
    alike = report.refused[cell.expected]
    types = dict.fromkeys(map(_type, alike))
    if run.again[:1] != ["compare"]:  # of which the ledger learns nothing
        peer, _, file = cell.expected.partition(" to compile ")
        patterns = [cell.scenario] if len(report.refused) == 1 else _of_peer(peer, types, alike)
        words = ["ledger", "add", *patterns, "--kind", cell.kind, "--reason", f"the compiler of {peer} refuses {file}"]
        yield "have it known", typed([*words, *_kept(run.again), *_apart(run.again)])
    if any(one.scenario != cell.scenario or _type(one) not in types for one in report.cells):
        patterns = [f"{cell.scenario}/*/{one}@*" for one in types]
        yield "leave it out", typed(_without(run, patterns))


def _type(cell: CellJudged) -> str:
    return cell.values.get("message", "").partition("@")[0]


def _of_peer(peer: str, types: Iterable[str], alike: Sequence[CellJudged]) -> list[str]:
    """Patterns for these cells alone, each of which matches one at least: another peer may refuse the same file."""
    found = [f"{OWN_SCHEMAS}/*/{one}@*{end}" for one in types for end in (f"/{peer}:*", f":{peer}")]
    return [pattern for pattern in found if any(matches(cell.id, (pattern,)) for cell in alike)]


def _kept(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in _LEDGER:
            yield from (word, following)
        elif word == "--no-default-ledger":
            yield word


def _apart(words: Sequence[str]) -> Iterator[str]:
    """The file for an entry about a user's own messages or peers; in a checkout, the default is the project's."""
    if not home.INSTALLED and "--ledger" not in words and not {"--proto", "--peer"}.isdisjoint(words):
        yield from ("--ledger", OWN_LEDGER)


def _without(run: RunStarted, patterns: Sequence[str]) -> list[str]:
    """The words of the run's own command without these cells; where pytest played them, of a run like it.

    Without --report and --shard: they are of the machine that played it, and the command is pasted on another one.
    """
    excluded = [word for pattern in patterns for word in ("--exclude", pattern)]
    if run.command[:1] and run.command[0] in _EXCLUDING:
        return [run.command[0], *excluded, *_elsewhere(run.command[1:])]
    return ["run", OWN_SCHEMAS, *excluded, *run.again]


def _elsewhere(words: Sequence[str]) -> Iterator[str]:
    for before, word in zip(["", *words], words, strict=False):
        if before not in _OF_ONE_MACHINE and word.partition("=")[0] not in _OF_ONE_MACHINE:
            yield word
