"""The page of one scenario, of one peer, and of one finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from zmq_interop.core import rules
from zmq_interop.core.events import CellJudged
from zmq_interop.core.verdicts import RED, Verdict
from zmq_interop.results.report import matrix, summary
from zmq_interop.results.report.groups import Group
from zmq_interop.results.report.known import Finding
from zmq_interop.results.site.history import Peer, RunFacts
from zmq_interop.results.site.markup import counts, link, page, pairs, slug, state, table, text, timeline, when
from zmq_interop.results.site.now import Now, count
from zmq_interop.results.site.overview import cell_link
from zmq_interop.system.text import typed

_ORDER = {verdict: rank for rank, verdict in enumerate((*RED, Verdict.KNOWN, Verdict.PASS, Verdict.UNSUPPORTED))}


def scenario(now: Now, name: str) -> str:
    """What it asks, on which rule, which pairs of peers pass, and each of its cells with its past."""
    cells = now.scenarios[name]
    told = now.report.scenarios.get(name)
    doc = told.doc if told else ""
    cited = "".join(
        f"<li>{link('../rules.html', one.source, slug(one.source))}{text(f', “{one.section}”' if one.section else '')}"
        f" <small>({text(one.grade)})</small></li>"
        for one in rules.cited(doc)
    )
    ordered = sorted(cells, key=lambda cell: _ORDER[cell.verdict])  # stable: else as in the plan
    body = [
        f'<p class="doc">{text(doc)}</p>',
        f"<section><h2>Rules</h2><ul>{cited or '<li>none</li>'}</ul></section>",
        f"<section><h2>Peers</h2>{pairs(matrix.pairs(cells), '../')}</section>",
        f"<section><h2>Cells</h2>{''.join(_cell(now, cell) for cell in ordered)}</section>",
    ]
    lead = f"<p>{counts(count(cells))}</p>"
    return page(name, "\n".join(body), lead=lead, up="../", footer=_footer())


def _footer() -> str:
    return "<p>Each cell has an address of its own: the address of this page, a #, and its id.</p>"


def _cell(now: Now, cell: CellJudged) -> str:
    spans = now.history.spans(cell.id)
    told = f"{cell.verdict} ({cell.kind})" if cell.kind else str(cell.verdict)
    since = ""
    if spans:
        run = now.run(spans[-1])
        first = " or earlier" if len(spans) == 1 and spans[0].first == 0 else ""
        since = f"since {when(run)}{first}"
    finding = now.pages.get(cell.id)
    why = link(f"../finding/{finding}.html", "why") if finding else ""
    past = "".join(
        f"<dt>{when(now.run(span))}</dt><dd>{state(span.state.verdict, span.state)} from run {text(now.run(span).id)}"
        f"</dd>"
        for span in reversed(spans[:-1])
    )
    return (
        f'<div class="cell" id="{text(cell.id)}"><div><a class="id" href="#{text(cell.id)}">{text(cell.id)}</a>'
        f"{state(cell.verdict, told)}<small>{since}</small>{why}{timeline(spans, len(now.history.runs))}</div>"
        + (f"<details><summary>before</summary><dl>{past}</dl></details>" if past else "")
        + "</div>\n"
    )


def peer(now: Now, name: str) -> str:
    """Its libraries now and before, and its cells by scenario."""
    cells = now.peers[name]
    seen = next((one for one in now.report.peers if one.name == name), None)
    by_scenario: dict[str, list[CellJudged]] = defaultdict(list)
    for cell in cells:
        by_scenario[cell.scenario].append(cell)
    rows = [
        (link(f"../scenario/{slug(one)}.html", one), counts(count(some)))
        for one, some in sorted(by_scenario.items(), key=lambda one: min(_ORDER[cell.verdict] for cell in one[1]))
    ]
    versions = "".join(
        f"<li>from {when(run)}: {text(_versions(found))}</li>" for run, found in reversed([*_past(now, name)])
    )
    body = [
        f"<section><h2>Libraries</h2><ul>{versions}</ul></section>",
        f"<section><h2>With other peers</h2>{pairs(matrix.pairs(cells), '../')}</section>",
        f"<section><h2>By scenario</h2>{table(('scenario', 'cells'), rows)}</section>",
    ]
    lead = [f"<p>{counts(count(cells))}</p>"]
    if seen is not None:
        lead.insert(0, f"<p>{text(summary.versions(seen))} ({text(seen.runtime)})</p>")
    lead.append(f'<p><img src="../badge/{slug(name)}.svg" alt="" height="20"></p>')
    return page(name, "\n".join(body), lead="\n".join(lead), up="../")


def _past(now: Now, name: str) -> Iterator[tuple[RunFacts, Peer]]:
    """The runs from which on the peer had other libraries than before."""
    last: Peer | None = None
    for run in now.history.runs:
        found = run.peers.get(name)
        if found is not None and found != last:
            yield run, found
            last = found


def _versions(one: Peer) -> str:
    return ", ".join([one.language, *(f"{name} {version}" for name, version in one.libraries.items()), one.runtime])


def known(now: Now, finding: Finding) -> str:
    """What is known to fail: why, what the documents say, its cells, and how to show it without this project."""
    section = now.section(finding)
    body = []
    if section is not None:
        body.append(f'<section><h2>{text(section.heading)}</h2><p class="doc">{text(section.text)}</p></section>')
    elif finding.url:
        body.append(f"<p>{text(finding.url)}</p>")
    body.append(_evidence(now, finding.cells[0]))
    body.append(_cells(now, finding.cells))
    lead = f"<p>{text(finding.library)}</p><p>{counts(count(finding.cells))}</p>"
    return page(finding.reason, "\n".join(body), lead=lead, up="../")


def red(now: Now, group: Group) -> str:
    """A group of red cells: whom it points to, expected and got, its cells, and how to play one again."""
    body = [_evidence(now, group.example), _cells(now, group.cells)]
    return page(
        summary.title(group), "\n".join(body), lead=f"<p>{counts(count(group.cells))}</p>", state="bad", up="../"
    )


def _evidence(now: Now, cell: CellJudged) -> str:
    told = "\n".join(summary.evidence(now.report, cell))
    shown = typed(["repro", cell.id, "-o", "report"])
    return (
        f"<section><h2>One of them: {text(cell.id)}</h2><pre>{text(told)}</pre>"
        f"<p>Programs that show it without this project:</p><pre>{text(shown)}</pre></section>"
    )


def _cells(now: Now, cells: Sequence[CellJudged]) -> str:
    items = "".join(f"<li>{cell_link(now, cell.id, '../')}</li>\n" for cell in cells)
    return f"<section><h2>Cells</h2><ul>{items}</ul></section>"
