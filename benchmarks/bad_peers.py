"""What one bad peer costs a run: the cells of two peers, of which one has a bad habit, beside those without it."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench import Bench, NotMeasured
from benchmarks.row import Row, Target, measured
from zmq_interop.agents.outside import Outside
from zmq_interop.core.events import Event, PeerLost
from zmq_interop.core.peer import CONTRACT, FILE
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.run.session import Plan
from zmq_interop.system.paths import PEERS
from zmq_interop.system.workspace import Workspace

PROGRAM = Path(__file__).with_name("bad_agent.py")
HONEST = "none"
OTHER = "c"
NAME = "bad"
ALLOWED = 20.0  # seconds, beside twice the healthy run
HABITS = {
    "panics": "dies of one message, with many cells in flight",
    "dies": "dies after 500 answers, whatever was asked",
    "never-closes": "never answers CloseAll",
    "late": "answers everything a second late",
    "burns": "spins on its lanes where they should sleep",
    "wrong-ids": "answers with ids that nobody asked",
    "announces": "announces 2 GiB as its hundredth answer",
    "leaves": "exits right after its Hello",
}
HEALTHY = Row(name="bad-peers", what="the cells of two peers, of which none is bad", unit="s")
BAD = {
    habit: Row(name=f"bad-{habit}", what=f"a peer that {what}, to twice that and 20 s", unit="x", target=Target(1.0))
    for habit, what in HABITS.items()
}


def folder(home: Path, habit: str, name: str = NAME) -> Path:
    """A peer's folder below `home`: it claims what the Python peer claims, whose agent it is but for the habit."""
    honest = (PEERS / "python" / FILE).read_text()
    made = home / habit / name
    made.mkdir(parents=True)
    facts = f'contract = {CONTRACT}\nname = "{name}"\nlanguage = "Python"\n'
    command = f'command = ["{{python}}", "{PROGRAM}", "--be", "{habit}"]'
    (made / FILE).write_text(f"{facts}\n[run]\n{command}\n\n{honest[honest.index('[claims]') :]}")
    return made


async def bad_peers(bench: Bench) -> list[Row]:
    """Healthy runs, and one run with each bad peer: seconds from the first to the last event."""
    with tempfile.TemporaryDirectory(prefix="interop-bad-") as home:
        samples = [await _seconds(bench, Path(home), HONEST) for _ in range(bench.times(3, 1))]
        healthy = statistics.median(seconds for seconds, _ in samples)
        rows = [measured(HEALTHY, [seconds for seconds, _ in samples], samples[-1][1])]
        for habit, row in BAD.items():
            seconds, told = await _seconds(bench, Path(home), habit)
            bench.say(f"  {habit}: {seconds:.1f} s, healthy {healthy:.1f} s")
            beside = f"{seconds:.1f} s, healthy {healthy:.1f} s: {seconds / healthy:.1f} x; {told}"
            rows.append(measured(row, [seconds / (2 * healthy + ALLOWED)], beside))
        return rows


async def _seconds(bench: Bench, home: Path, habit: str) -> tuple[float, str]:
    """How long a run takes, and what came of it in words."""
    plan = _plan(home, habit, bench.space)
    lost: list[str] = []
    ended = await bench.play_of(plan, plan.cells, "process", _losses(lost))
    if not ended.account.balanced or ended.interrupted:
        raise NotMeasured(f"its run was cut short ({ended.account})")
    return ended.seconds, "; ".join([str(ended.account), *lost])


def _losses(lost: list[str]) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        if isinstance(event, PeerLost):
            lost.append(event.reason)

    return listen


def _plan(home: Path, habit: str, space: Workspace) -> Plan:
    made = home / habit / NAME
    one = Outside(name=NAME, folder=made if made.exists() else folder(home, habit))
    return session.prepare(Options(peers=(NAME, OTHER), outside=(one,)), space)
