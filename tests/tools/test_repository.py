"""Rules of this repository that no tool of a language knows."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from types import ModuleType

import pytest

from tests.liars import scenarios_page
from tests.tools import rules_page, samples
from tests.tools.tool import check, complain, tracked
from zmq_interop import __version__, scenarios
from zmq_interop.core import events, plan, rules
from zmq_interop.peers import manifest
from zmq_interop.programs import declaration
from zmq_interop.results import baseline, ledger
from zmq_interop.results.ledger import findings
from zmq_interop.results.ledger.subject import Every
from zmq_interop.results.report import json_summary
from zmq_interop.system.paths import BASELINE, ROOT

MOST_LINES = 400
# A word that names a package registry or a mirror of one, in a host's name.
REGISTRIES = {
    "pypi",
    "pythonhosted",
    "npmjs",
    "crates",
    "goproxy",
    "proxy",
    "registry",
    "artifactory",
    "nexus",
    "mirror",
    "mirrors",
}
HOST = re.compile(
    r"(?<![\w.@/-])(?:https?://)?((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|local|internal|lan))\b", re.IGNORECASE
)


def test_files_are_short() -> None:
    long = []
    for path in tracked("zmq_interop", "peers", "templates", "tests"):
        lines = len(path.read_bytes().splitlines())
        if lines > MOST_LINES and path.name != "go.sum":
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
    complain(
        f"files of more than {MOST_LINES} lines", long, "one concern a file: find the second one and give it its own"
    )


def test_no_registry_is_named() -> None:
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            hosts = [host for host in HOST.findall(line) if REGISTRIES & set(host.lower().split("."))]
            found += [f"{path.relative_to(ROOT)}:{number}: {host}" for host in hosts]
    mend = (
        "take it out: which registry is used is the business of each user's own settings (PIP_INDEX_URL, GOPROXY, ...)"
    )
    complain("hosts of package registries", found, mend)


@pytest.mark.parametrize(("name", "writer"), [("events", events), ("summary", json_summary), ("interop", declaration)])
def test_a_published_schema_is_what_its_writer_says(name: str, writer: ModuleType) -> None:
    published = ROOT / f"docs/{name}.schema.json"
    same = published.is_file() and json.loads(published.read_text()) == writer.schema()
    complain(f"{published.relative_to(ROOT)} is not what {writer.__name__} says", [] if same else [""], "tools/schema")


def test_the_version_is_one_and_the_changelog_has_it_or_what_comes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in ("Unreleased", __version__), "CHANGELOG.md begins with what is new since the last release"


@pytest.mark.parametrize("name", ["python-system", "python-omq"])
def test_a_peer_that_shares_the_python_agent_has_all_its_files(name: str) -> None:
    folder = ROOT / "peers" / name
    own = {"apart.py"}  # gives a copy the environment that these two have anyway
    names = {path.name for path in (ROOT / "peers/python").glob("*.py")} - own
    missing = sorted(name for name in names if not (folder / name).exists())
    complain(f"{folder.relative_to(ROOT)} lacks files of peers/python", missing, "link them there, or give it its own")


def test_what_peers_share_is_one_file_and_links_to_it() -> None:
    alike: dict[bytes, list[str]] = {}
    for path in tracked("peers"):
        if not path.is_symlink():
            alike.setdefault(path.read_bytes(), []).append(str(path.relative_to(ROOT)))
    copies = [", ".join(paths) for paths in alike.values() if len(paths) > 1]
    complain("copies that would drift", copies, "keep one of them, and let the others be links: decision 13")


def test_the_page_of_scenarios_is_what_the_scenarios_say() -> None:
    written = (ROOT / "docs/scenarios.md").read_text()
    same = written == scenarios_page.page(scenarios.load({}))
    complain("docs/scenarios.md is not what the scenarios say", [] if same else [""], "tools/scenarios")


def test_the_page_of_rules_is_what_the_scenarios_cite() -> None:
    same = (ROOT / "docs/rules.md").read_text() == rules_page.page(scenarios.load({}))
    complain("docs/rules.md is not what the scenarios cite", [] if same else [""], "tools/scenarios")


def test_no_scenario_cites_a_section_that_is_spelt_otherwise() -> None:
    cited = {rule for one in scenarios.load({}) for rule in rules.cited(one.doc)}
    known = {(source, name.casefold()): name for source, names in rules_page.SECTIONS.items() for name in names}
    others = [
        f"{rule.source}: {rule.section!r} is {known[key]!r}"
        for rule in cited
        if (key := (rule.source, rule.section.casefold())) in known and known[key] != rule.section
    ]
    complain("headings that are spelt otherwise than in their document", others, "write them as there")


def test_the_samples_of_readme_and_tutorial_are_what_a_report_says() -> None:
    """In a process of its own, which has no work folder of the user's: the samples name those of a checkout."""
    check(sys.executable, "-m", "tests.tools.samples", "--check", mend="tools/readme", environment={"INTEROP_HOME": ""})


def test_the_samples_are_all_filled() -> None:
    texts = [page.read_text() for page in samples.PAGES]
    assert [text.count("<!-- sample: ") for text in texts] == [3, 1]
    for text in texts:
        empty = re.sub(r"(tools/readme -->\n).*?(<!-- end)", r"\1\2", text, flags=re.DOTALL)
        assert samples.filled(empty) == samples.filled(text)


def test_the_ledger_is_in_order() -> None:
    every = Every(scenarios.load(), manifest.discover())
    cells = [cell for scenario in every for cell in every.of(scenario)]
    known = ledger.load()
    found = [*findings.overlapping(known, cells), *map(str, findings.find(known, every).problems)]
    complain("known-failures.toml", found, "./interop ledger check tells the same; narrow, mend or delete them")


def test_the_baseline_says_what_is_tested() -> None:
    peers = manifest.discover()
    now = baseline.measure(plan.planned(plan.plan(scenarios.load(), peers), peers), peers)
    complain("interop-baseline.toml", baseline.difference(now, baseline.load(BASELINE)), "./interop baseline")


def test_each_file_of_tests_has_a_name_of_its_own() -> None:
    """pytest imports them by that name alone, so a second one is an error, but only where both are collected."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    complain("names of several files below tests/", [name for name, count in names.items() if count > 1], "rename one")
