"""Applies the ledger to all verdicts of one run; verdicts on flaky cells wait until their rate is judged. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from zmq_interop.core.events import CellJudged, PeerSeen, Replayed
from zmq_interop.core.variants import SIGN
from zmq_interop.core.verdicts import Verdict
from zmq_interop.results.ledger.entry import Circumstances, Entry
from zmq_interop.results.ledger.findings import Evidence
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.rate import Answer
from zmq_interop.results.ledger.samples import Sample
from zmq_interop.results.ledger.subject import Subject, of_event


class LedgerJudge:
    """Takes the engine's verdicts, and returns the final ones.

    planned: the cells of the run. runtimes: peer -> runtime. outside: the peers that are not the project's. evidence:
    what the verdicts show of the entries. strange: complaints about cells that were played again to measure a rate, and
    did something that their entry does not know.

    An entry that matches an outside peer only by a wildcard was not written for that peer: the peer's cells may fail as
    the entry says, but need not, and they are no evidence about the entry. The same holds for a variant of a peer whose
    libraries the entry does not ask for in `where`: it was written for those that the peer itself has.
    """

    def __init__(
        self, ledger: Ledger, planned: Sequence[Subject], runtimes: Mapping[str, str], outside: Iterable[str] = ()
    ) -> None:
        self._outside = frozenset(outside)
        self.strange: list[str] = []
        self._ledger = ledger
        self._libraries: dict[str, Mapping[str, str]] = {}
        self._now = Circumstances(runtimes=runtimes, libraries=self._libraries)
        self.evidence = Evidence()
        self._planned = Counter(cell.id for cell in planned)  # benchmarks plan one cell many times over
        self._samples: dict[str, list[Sample]] = {}  # cell -> those that may speak of it
        flaky = {
            entry: Sample(entry, entry.flaky) for entry in ledger.entries if entry.flaky and entry not in ledger.expired
        }
        for cell in planned:
            for entry in ledger.about(cell.scenario):
                if entry in flaky and entry.names(cell) and not self._unknowing(entry, cell.roles):
                    flaky[entry].waiting += 1
                    self._samples.setdefault(cell.id, []).append(flaky[entry])
        self._rates = [sample for sample in flaky.values() if sample.waiting]

    def on_peer_seen(self, peer: PeerSeen) -> None:
        """A peer has said which libraries it has; it does so before the first verdict on a cell of its own."""
        self._libraries[peer.name] = peer.libraries

    def judge(self, judged: CellJudged) -> Iterator[CellJudged | Replayed]:
        """The verdicts that are now final: on this cell, unless it must wait, and on cells that waited for it."""
        entry = self._ledger.covering(cell := of_event(judged), self._now)
        if entry is not None and judged.verdict is Verdict.PASS and self._unknowing(entry, judged.roles):
            entry = None
        told = self._ledger.judge(judged, entry)
        samples = self._samples.get(judged.id, [])
        sample = next((one for one in samples if one.entry is entry), None)
        if sample is not None and told.verdict in (Verdict.PASS, Verdict.KNOWN):
            sample.add(told.id, failed=told.verdict is Verdict.KNOWN)
        if not self._planned[judged.id]:
            yield self._replayed(judged, told, sample)
            return
        self._planned[judged.id] -= 1
        self.evidence.add(cell, told.verdict, entry)
        if sample is not None and told.verdict is Verdict.KNOWN:
            sample.held.append(told)
        else:
            yield told
        for one in samples:
            one.waiting -= 1
            if not one.waiting and one.settled:
                yield from _release(one)

    def again(self) -> list[str]:
        """The ids of cells to replay, once the whole plan is judged; none when every rate is settled."""
        return [id for sample in self._rates if not sample.settled for id in sample.next()]

    def close(self) -> Iterator[CellJudged]:
        """What still waited: nothing more will be played."""
        for sample in self._rates:
            yield from _release(sample)

    def notes(self) -> list[str]:
        """What was played beyond the plan, and what came of it."""
        return [f"{sample}; {sample.again} plays in addition to the plan" for sample in self._rates if sample.again]

    def _unknowing(self, entry: Entry, roles: Mapping[str, str]) -> bool:
        strangers = self._outside.intersection(roles.values())
        asked = {peer for one in entry.where for peer in one.peers(roles)}
        return any(not (peer in asked if SIGN in peer else entry.spells(peer)) for peer in strangers)

    def _replayed(self, judged: CellJudged, told: CellJudged, sample: Sample | None) -> Replayed:
        if told.verdict not in (Verdict.PASS, Verdict.KNOWN):
            at = f"{sample.entry.at}: " if sample else ""
            got = f"it failed ({judged.kind})" if judged.verdict is Verdict.FAIL else f"it was {judged.verdict}"
            self.strange.append(
                f"{at}{judged.id} was played again to measure its failure rate, and {got}: {told.got or told.reason}"
            )
        names = Replayed.__struct_fields__
        return Replayed(**{name: value for name, value in msgspec.structs.asdict(judged).items() if name in names})


def _release(sample: Sample) -> Iterator[CellJudged]:
    """The failures that waited: known, or not when they have become more."""
    held, sample.held = sample.held, []
    for judged in held:
        if sample.answer is Answer.WORSE:
            yield msgspec.structs.replace(judged, verdict=Verdict.FAIL, reason=str(sample))
        else:
            yield judged
