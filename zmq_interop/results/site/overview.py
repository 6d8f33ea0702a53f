"""The pages that stand at the top: now, runs, libraries, scenarios, findings, rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from zmq_interop.core import rules
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.results.report import matrix, summary
from zmq_interop.results.report.page import packing
from zmq_interop.results.site.history import RunFacts, State
from zmq_interop.results.site.markup import counts, link, page, pairs, slug, state, table, text, when
from zmq_interop.results.site.now import Now, count

MOST_RUNS = 200  # rows in the table of runs
MOST_CHANGED = 10  # runs whose changes the first page tells
MOST_CELLS = 12  # of one of these
_GREEN = (Verdict.PASS, Verdict.FIXED)


def index(now: Now) -> str:
    """The first page: what is red, the matrix, what changed lately."""
    report = now.report
    run = report.runs[0]
    lead = [f"<p>{text(report.account)}</p>"]
    if report.incomplete:
        lead.append(f'<p class="red">{text(report.incomplete)}</p>')
    if run is not None:
        lead.append(
            f'<p class="note">run {text(run.id)}, {text(run.started[:16].replace("T", " "))} UTC, harness '
            f"{text(run.harness)}; {len(now.history.runs)} runs are known</p>"
        )
    red = "".join(
        f"<li>{link(f'finding/{name}.html', summary.title(group))}{_blame(now, group.example.id)}</li>\n"
        for name, group in now.red.items()
    )
    body = [
        f'<section id="red"><h2>What is red</h2><ul>{red}</ul></section>' if red else "",
        f'<section id="matrix"><h2>Peers</h2>{pairs(matrix.pairs(report.cells), "")}</section>',
        f'<section id="changed"><h2>What changed</h2>{_changed(now)}</section>',
    ]
    heading = packing.headline(report)
    return page(heading, "\n".join(body), lead="\n".join(lead), state=packing.state(report), footer=_footer())


def _blame(now: Now, id: str) -> str:
    blame = now.report.blames.get(id)
    return f"<br><small>{text(blame.sentence)}</small>" if blame else ""


def _footer() -> str:
    return '<p>Made from event logs alone. <a href="history.json">history.json</a> has the changes of each cell.</p>'


def cell_link(now: Now, id: str, up: str = "") -> str:
    """A link to a cell's place: on the page of its scenario, if it is among the present cells."""
    scenario = id.partition("/")[0]
    return link(f"{up}scenario/{slug(scenario)}.html", id, id) if scenario in now.scenarios else text(id)


def _changed(now: Now) -> str:
    changes = now.history.changes()
    newest = sorted(changes, reverse=True)[:MOST_CHANGED]
    if not newest:
        return "<p>No cell has changed between the runs that are known.</p>"
    return "\n".join(
        f"<h3>{_run(now.history.runs[number])}</h3><ul>{''.join(_grouped(now, changes[number]))}</ul>"
        for number in newest
    )


def _run(run: RunFacts) -> str:
    return f"run {text(run.id)}, {when(run)}"


def _grouped(now: Now, changed: list[tuple[str, State, State]]) -> Iterator[str]:
    """The changes of one run by what they are, the worst first."""
    of: dict[tuple[State, State], list[str]] = defaultdict(list)
    for id, before, after in changed:
        of[before, after].append(id)
    order = list(Verdict)
    ranked = sorted(of.items(), key=lambda one: (one[0][1].verdict not in RED, order.index(one[0][1].verdict)))
    for (before, after), ids in ranked:
        told = ", ".join(cell_link(now, id) for id in ids[:MOST_CELLS])
        more = f" and {len(ids) - MOST_CELLS} more" if len(ids) > MOST_CELLS else ""
        yield f"<li>{state(before.verdict, before)} → {state(after.verdict, after)}: {len(ids)}: {told}{more}</li>\n"


def runs(now: Now) -> str:
    """All runs, the newest first."""
    shown = now.history.runs[-MOST_RUNS:][::-1]
    changes = now.history.changes()
    first = len(now.history.runs)
    rows = []
    for offset, run in enumerate(shown):
        number = first - 1 - offset
        whole = "whole" if run.whole else f"shard {text(run.shard)}" if run.shard else "a part"
        found = {
            Verdict.FAIL: run.account.fail,
            Verdict.FIXED: run.account.fixed,
            Verdict.BROKEN: run.account.broken,
            Verdict.PASS: run.account.passed,
            Verdict.KNOWN: run.account.known,
            Verdict.UNSUPPORTED: run.account.unsupported,
        }
        rows.append(
            (
                f'<span class="state">{when(run)}</span>',
                counts(found),
                str(len(changes.get(number, ()))),
                f'<span id="{text(run.id)}">{text(run.id)}</span>',
                whole if run.complete else f"{whole}, cut short",
                text(run.harness),
            )
        )
    more = f"<p>and {first - MOST_RUNS} older ones</p>" if first > MOST_RUNS else ""
    body = table(("started, UTC", "cells", "changed", "run", "played", "harness"), rows, (2,))
    return page("Runs", body + more, footer=_footer())


def libraries(now: Now) -> str:
    """Each peer with its libraries, and what its cells say."""
    seen = {peer.name: peer for peer in now.report.peers}
    rows = [
        (
            link(f"library/{slug(name)}.html", name),
            text(summary.versions(seen[name])) if name in seen else "",
            text(seen[name].runtime) if name in seen else "",
            counts(count(cells)),
            f'<img src="badge/{slug(name)}.svg" alt="" height="20">',
        )
        for name, cells in now.peers.items()
    ]
    return page("Libraries", table(("peer", "libraries", "runtime", "cells", "badge"), rows), footer=_footer())


def scenarios(now: Now) -> str:
    """Each scenario by family: its first sentence, and what its cells say."""
    by_family: dict[str, list[str]] = defaultdict(list)
    for name in now.scenarios:
        told = now.report.scenarios.get(name)
        by_family[told.family if told else ""].append(name)
    parts = []
    for family, names in by_family.items():
        rows = []
        for name in names:
            told = now.report.scenarios.get(name)
            doc = told.doc if told else ""
            rows.append(
                (
                    link(f"scenario/{slug(name)}.html", name),
                    counts(count(now.scenarios[name])),
                    text(doc.split("\n\n")[0]),
                    text(rules.grade(doc)),
                )
            )
        heads = ("scenario", "cells", "asks", "rests on")
        parts.append(f'<section id="{text(family)}"><h2>{text(family)}</h2>{table(heads, rows)}</section>')
    return page("Scenarios", "\n".join(parts), footer=_footer())


def findings(now: Now) -> str:
    """What is red, and what is known to fail."""
    red = [
        (link(f"finding/{name}.html", summary.title(group)), str(len(group.cells))) for name, group in now.red.items()
    ]
    known = [
        (link(f"finding/{name}.html", one.reason), text(one.library), str(len(one.cells)))
        for name, one in now.findings.items()
    ]
    heads = ("finding", "library", "cells")
    parts = [
        f"<section><h2>Red</h2>{table(('finding', 'cells'), red, (1,)) if red else '<p>Nothing is red.</p>'}</section>",
        f"<section><h2>Known to fail</h2>{table(heads, known, (2,)) if known else '<p>Nothing.</p>'}</section>",
    ]
    return page("Findings", "\n".join(parts), footer=_footer())


def rule_pages(now: Now) -> str:
    """Each rule that a scenario cites, with these scenarios and what their cells say."""
    of = rules.by_rule({name: told.doc for name, told in now.report.scenarios.items() if name in now.scenarios})
    by_source: dict[str, list[rules.Rule]] = defaultdict(list)
    for rule in of:
        by_source[rule.source].append(rule)
    parts = []
    for source, cited in by_source.items():
        rows = [
            (
                text(rule.section) or "as a whole",
                ", ".join(link(f"scenario/{slug(name)}.html", name) for name in of[rule]),
                counts(count([cell for name in of[rule] for cell in now.scenarios[name]])),
            )
            for rule in cited
        ]
        heads = ("section", "scenarios", "cells")
        parts.append(
            f'<section id="{text(slug(source))}"><h2>{text(source)}</h2><p class="note">{text(cited[0].grade)}</p>'
            f"{table(heads, rows)}</section>"
        )
    without = [
        name
        for name, told in now.report.scenarios.items()
        if name in now.scenarios and rules.grade(told.doc) == rules.HABIT
    ]
    if without:
        told = ", ".join(link(f"scenario/{slug(name)}.html", name) for name in without)
        parts.append(f"<section><h2>No rule</h2><p>{told}</p></section>")
    lead = (
        "<p>A green cell claims that the rule of its scenario held for these peers, and nothing about other rules.</p>"
    )
    return page("Rules", "\n".join(parts), lead=lead, footer=_footer())
