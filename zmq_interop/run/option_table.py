"""The options of a run, each declared once: for the command line, pytest, the command that replays a cell, the Action.

Standard library only: every pytest in an environment with the wheel loads this module.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class RunOption(NamedTuple):
    """One option: `--name` of `interop run`, which fills a field of `Options` (zmq_interop/run/options.py).

    type: of one value; bool for a flag, which sets the opposite of `default`. many: it may be repeated. choices: the
    values that it takes, if few. compare: `interop compare` takes it too. again: a cell that is replayed needs it, to
    play as it did. pytest: it is also `--interop-name`, and a setting `interop_name` unless it is a number. action: it
    is also an input of the Action (action.yml); that of a flag `no-x` is called `x`, and takes "true" or "false".
    """

    name: str
    field: str
    help: str
    metavar: str = ""
    type: type = str
    default: Any = None
    many: bool = False
    choices: tuple[str, ...] = ()
    short: str = ""
    compare: bool = False
    again: bool = False
    pytest: bool = False
    action: bool = False

    @property
    def setting(self) -> bool:
        """Whether pytest's configuration file may set it."""
        return self.pytest and self.type in (str, bool)

    @property
    def word(self) -> str:
        """Its name in Python and in configuration files."""
        return self.name.replace("-", "_")


TABLE = (
    RunOption(
        name="peers",
        field="peers",
        metavar="A,B,...",
        help="Play only these peers (default: all below peers/). PEER@VARIANT has another version of a library: "
        "python@pyzmq-26,c (docs/versions.md).",
        default=(),
        compare=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="variants",
        field="variants",
        metavar="PEER:WHICH",
        help="Also play these peers with other versions of their libraries: PEER:all, PEER:VARIANT such as "
        "c:libzmq-4.1.5, a range such as 'c:libzmq>=4.2,<4.3.5', or all (docs/versions.md). Plays only cells with such "
        "a PEER, once for each version. May be repeated.",
        default=(),
        many=True,
    ),
    RunOption(
        name="versions",
        field="versions",
        help="The same as --variants all: every peer in every version that its peer.toml lists.",
        type=bool,
        default=False,
    ),
    RunOption(
        name="peer",
        field="outside",
        metavar="[NAME=]PATH|image:IMAGE",
        help="Add a peer from outside this project: the folder with its peer.toml, or a container image that contains "
        "one. NAME= renames it. May be repeated.",
        default=(),
        many=True,
        compare=True,
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="proto",
        field="proto_dirs",
        metavar="DIR",
        help="Also test your own messages: the .proto files below DIR, with samples beside them (docs/own-schemas.md). "
        "May be repeated.",
        default=(),
        many=True,
        compare=True,
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="config",
        field="config",
        metavar="FILE",
        help="The declaration of your own programs (default: ./interop.toml, if there is one). Without a PATTERN, "
        "plays these programs and your messages (docs/own-programs.md).",
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="ledger",
        field="ledgers",
        metavar="FILE",
        help="A ledger of your own, in addition to known-failures.toml in checkout or folder (docs/ledger.md). "
        "May be repeated; where entries of several files cover a cell, the last file counts.",
        default=(),
        many=True,
        compare=True,
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="no-default-ledger",
        field="default_ledger",
        help="Use only the ledgers that --ledger names.",
        type=bool,
        default=True,
        compare=True,
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="exclude",
        field="exclude",
        metavar="PATTERN",
        help="Exclude these cells; PATTERN is as above. They are counted separately from the account. May be repeated.",
        default=(),
        many=True,
        compare=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="runtime",
        field="runtime",
        metavar="WHICH",
        help="Where agents run: auto (containers if a Docker engine answers, else processes), process, container, or "
        "per peer: c=container,go=process.",
        default="auto",
        compare=True,
        again=True,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="jobs",
        field="jobs",
        metavar="N",
        help="Maximum number of cells in flight at once.",
        type=int,
        default=16,
        compare=True,
        pytest=True,
    ),
    RunOption(
        name="limit",
        field="limit",
        metavar="SECONDS",
        help="How long an operation waits for a message before the message counts as lost.",
        type=float,
        default=10.0,
        compare=True,
        again=True,
        pytest=True,
    ),
    RunOption(
        name="all",
        field="every",
        help="Play every possible cell; without it, secondary axes are covered pairwise (docs/scenarios.md).",
        type=bool,
        default=False,
        compare=True,
    ),
    RunOption(
        name="fresh-links",
        field="fresh_links",
        help="Open a link for each cell, as --all does; without it, cells that differ only in the message share one.",
        type=bool,
        default=False,
        compare=True,
        pytest=True,
    ),
    RunOption(
        name="no-install",
        field="install",
        help="Do not install build requirements; report the missing ones.",
        type=bool,
        default=True,
        compare=True,
    ),
    RunOption(
        name="require-peers",
        field="require_peers",
        metavar="A,B,...",
        help="Fail the run unless each of these peers takes part in a cell that is judged.",
        default=(),
    ),
    RunOption(
        name="role",
        field="roles",
        metavar="ROLE=PEER",
        help="Play only this peer in this role, e.g. pusher=c. May be repeated.",
        default=(),
        many=True,
    ),
    RunOption(
        name="control",
        field="control",
        help="The control channel: a Unix socket where possible, or the agents' stdin and stdout.",
        choices=("auto", "socket", "stdio"),
        default="auto",
        again=True,
    ),
    RunOption(
        name="shard",
        field="shard",
        metavar="K/N",
        help="Play only the Kth of N parts of about equal cost, one part per machine (docs/ci.md). "
        "job/N: K is that of this task of a Kubernetes Indexed Job or a Slurm job array (docs/clusters.md).",
        action=True,
    ),
    RunOption(
        name="since",
        field="since",
        metavar="REF",
        help="Play only what the changes of the working tree since this commit can affect (docs/ci.md).",
        default="",
        action=True,
    ),
    RunOption(
        name="budget",
        field="budget",
        metavar="TIME",
        help="Play for at most this long after the builds, such as 60s or 5m: first the cells that tell most for their "
        "time (docs/ci.md).",
        action=True,
    ),
    RunOption(
        name="wire",
        field="wire",
        help="Play all cells through relays, and keep the bytes of their connections; `interop log CELL --wire` shows "
        "them (docs/wire.md). Without it, cells that fail are played once more this way.",
        type=bool,
        default=False,
        pytest=True,
        action=True,
    ),
    RunOption(
        name="exitfirst",
        field="exitfirst",
        short="x",
        help="Stop scheduling cells after the first failed or broken one.",
        type=bool,
        default=False,
    ),
    RunOption(
        name="explain",
        field="explain",
        help="If red cells may point to one peer or another, then play up to 24 more cells that tell which "
        "(docs/reports.md). The exit code is that of the run itself.",
        type=bool,
        default=False,
    ),
)
BY_NAME = {option.name: option for option in TABLE}
