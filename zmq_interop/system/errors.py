"""Every error of the harness, in the order in which a run can meet them.

    command line   UsageError, NothingSelected            ends the run (exit 4, 5)
    protos         ProtoError                             ends the run (exit 4)
    schema check   ToolBroken                             ends the check (exit 6)
    peer           PeerBroken: manifest, needs, build,    every cell of that peer is `broken`; so does all else that
                   start, Hello                           they raise (zmq_interop/peers/boundary.py)
    dialogue       AgentDied, AgentHung, DialogueBroken   the instance is given up; the engine finds out why
                   AgentGivenUp                           the peer was given up, and with it this instance
    operation      OperationFailed                        an agent answered an error; a scenario may expect it
    scenario       Mismatch                               the cell is `fail`, with a kind
                   Lacking                                the cell is `unsupported`: an agent lacks something it needs
                   Unplayable                             the cell is `broken`: a user's message cannot be sent
                   anything else                          the cell is `broken`: an unforeseen answer
    report         LogError                               ends the command (exit 4)
    machine        Unwritable                             ends the run (exit 2): its report is incomplete
    anything else  a bug in the harness                   exit 3

The message says what happened, and the hint what to do next; `str(error)` has both.
"""

from __future__ import annotations

import enum
import errno


class Exit(enum.IntEnum):
    """The exit codes of `interop run`."""

    OK = 0
    FAILED = 1
    INTERRUPTED = 2
    HARNESS_FAULT = 3
    USAGE = 4
    NOTHING_SELECTED = 5
    BROKEN = 6


class InteropError(Exception):
    """An error that is shown to the user as it is, without a traceback."""

    exit_code = Exit.HARNESS_FAULT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(InteropError):
    """The command line, or a file that it names, is invalid or names something that does not exist."""

    exit_code = Exit.USAGE


class NothingSelected(InteropError):
    """The patterns and options leave no cell to play."""

    exit_code = Exit.NOTHING_SELECTED


class ProtoError(InteropError):
    """A shared .proto file does not compile; the message has file, line, column and reason."""

    exit_code = Exit.USAGE


class ToolBroken(InteropError):
    """A program that checks users' files cannot be installed, or crashed."""

    exit_code = Exit.BROKEN


class PeerBroken(InteropError):
    """A peer cannot be judged: its manifest, needs, build, start or Hello is at fault."""

    exit_code = Exit.BROKEN

    def __init__(self, peer: str, message: str, hint: str = "", detail: str = "") -> None:
        super().__init__(message, hint)
        self.peer = peer
        self.detail = detail  # the end of a build's output or of an agent's stderr, shown once below the message


class AgentError(InteropError):
    """The dialogue with an agent ended prematurely."""

    def __init__(self, instance: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.instance = instance


class AgentDied(AgentError):
    """The agent's process ended, or its channel did."""


class AgentHung(AgentError):
    """An answer did not come within the operation's time limit and the grace that the contract gives."""


class DialogueBroken(AgentError):
    """The agent wrote something that the contract does not allow."""


class AgentGivenUp(AgentError):
    """The harness ended the dialogue because it gave up the agent's peer."""


class OperationFailed(Exception):
    """An agent answered an operation with an error.

    code: the name of the contract's ErrorCode without its prefix: UNSUPPORTED, AGAIN, INVALID, NATIVE or PAYLOAD.
    errno_name: "EFSM", "EAGAIN", ... or "".
    """

    def __init__(self, instance: str, operation: str, code: str, errno_name: str, text: str) -> None:
        detail = f" ({errno_name})" if errno_name else ""
        super().__init__(f"{instance}: {operation} answered {code}{detail}: {text}")
        self.instance = instance
        self.operation = operation
        self.code = code
        self.errno_name = errno_name
        self.text = text


class Mismatch(Exception):
    """A scenario observed something other than its rule requires.

    kind: one of zmq_interop.core.verdicts.Kind, as its value. expected and got: text for people, already shortened.
    """

    def __init__(self, kind: str, expected: str, got: str) -> None:
        super().__init__(f"{kind}: expected {expected}, got {got}")
        self.kind = kind
        self.expected = expected
        self.got = got


class Lacking(Exception):
    """The peer lacks something the cell needs, known only after its Hello; the text names both."""


class Unplayable(Exception):
    """A scenario cannot play a user's message because it is invalid; the text says where and why."""


class Unwritable(InteropError):
    """A run cannot write to a disk, through no fault of a peer or the harness."""

    exit_code = Exit.INTERRUPTED


_DISK = {errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EROFS}


def unwritable(error: BaseException) -> Unwritable | None:
    """The same error with a message for users; None if it is not about a disk."""
    if not isinstance(error, OSError) or error.errno not in _DISK:
        return None
    return Unwritable(
        f"{error.filename or 'a file'} cannot be written: {error.strerror}", "free space on that disk, and run it again"
    )


class LogError(InteropError):
    """An event log is unreadable or invalid; the message has file and line."""

    exit_code = Exit.USAGE
