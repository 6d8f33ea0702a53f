"""Output for a step of GitHub Actions: annotations, a summary, and outputs for later steps.

Source: GitHub Docs, "Workflow commands for GitHub Actions", and "Limits" there of what a step may say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from zmq_interop.results.report import advice
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.reading import Report
from zmq_interop.system import home
from zmq_interop.system.errors import UsageError
from zmq_interop.system.text import plain

MOST_ERRORS = 10  # per step; GitHub does not show more
MOST_SUMMARY = 1 << 20  # bytes per step; GitHub does not show a longer summary at all


def at_work(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def error(message: str, *, title: str, file: Path | None = None, line: int = 0, column: int = 0) -> str:
    """The command that shows an error. file: it is shown there; it should lie in the workspace.

    No character of the text can end the command or begin another: what GitHub reads as such is escaped, as it says how.
    """
    place = {"title": title}
    if file is not None:
        place |= {"file": _in_workspace(file), "line": str(line), "col": str(column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::error {properties}::{_data(plain(message))}"


def errors(report: Report) -> list[str]:
    """The commands that show why a report is red: one error per group of cells, at most MOST_ERRORS."""
    told = [*_told(report)]
    if len(told) > MOST_ERRORS:
        told[MOST_ERRORS - 1 :] = [("and more", f"{len(told) - MOST_ERRORS + 1} more: see the summary")]
    return [error(message, title=f"interop: {title}") for title, message in told]


def _told(report: Report) -> Iterator[tuple[str, str]]:
    """title and message of each error."""
    if report.incomplete:
        yield "incomplete", report.incomplete
    for problem in report.problems:
        yield "problem", problem
    for group in report.groups:
        yield f"{group.verdict}{f' ({group.how})' if group.how else ''}", _message(report, group)
    for lost in report.lost:
        yield f"peer {lost.name} is broken", "\n".join(filter(None, (lost.reason, lost.hint)))
    for incident in report.blameless:
        yield f"agent {incident.instance}", f"{incident.reason}; it {incident.ended}"


def _message(report: Report, group: Group) -> str:
    cell = group.example
    lines = [f"{group.sentence}: {len(group.cells)} cell{'s' if len(group.cells) > 1 else ''}", cell.id]
    lines += [
        f"{name}: {text}"
        for name, text in (("expected", cell.expected), ("got", cell.got), ("reason", cell.reason))
        if text and text != group.sentence
    ]
    lines += [f"or {what}: {_pasted(command)}" for what, command in advice.commands(report, cell)]
    return "\n".join([*lines, f"again: {_pasted(report.repro(cell.id))}"])


def _pasted(command: str) -> str:
    """A command for those who read it elsewhere: with the program's name, not where the runner has it."""
    return f"interop{command.removeprefix(home.COMMAND)}"


def tell(report: Report, markdown: str, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Appends to the step's files: the summary, and the outputs `account`, `exit-code` and `report`.

    markdown: the summary. folder: the report's files. Raises UsageError outside GitHub Actions.
    """
    account = f"{report.account}{' (incomplete)' if report.incomplete else ''}"
    outputs = {"account": account, "exit-code": str(int(report.exit_code)), "report": plain(str(folder))}
    _append(environment, "GITHUB_STEP_SUMMARY", _cut(markdown))
    _append(environment, "GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))


def _cut(markdown: str) -> str:
    whole = markdown.encode(errors="backslashreplace")
    if len(whole) <= MOST_SUMMARY:
        return whole.decode()
    note = "\nThe rest is cut off because of GitHub's size limit; the report's files have it all.\n"
    lines = whole[: MOST_SUMMARY - len(note)].decode(errors="ignore")
    return lines[: lines.rfind("\n") + 1] + note


def _append(environment: Mapping[str, str], name: str, text: str) -> None:
    path = environment.get(name)
    if not path:
        raise UsageError(f"--github: {name} is not set", "use --github only in a step of GitHub Actions")
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as failed:
        raise UsageError(f"--github: {name}: {path}: {failed.strerror}") from None


def _in_workspace(file: Path) -> str:
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    file = file.resolve()
    return str(file.relative_to(workspace) if file.is_relative_to(workspace) else file)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
