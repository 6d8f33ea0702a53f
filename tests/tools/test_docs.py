"""The documentation: it builds, its links lead somewhere, and what is generated is current."""

from __future__ import annotations

from pathlib import Path

from tests.tools import command_line
from tests.tools.tool import check, complain, find
from zmq_interop.system.paths import ROOT


def test_the_site_builds_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    mend = "look at each line; .venv/bin/mkdocs build shows them again"
    environment = {"NO_MKDOCS_2_WARNING": "1"}
    check(find("mkdocs"), "build", "--quiet", "--site-dir", str(tmp_path), mend=mend, environment=environment)
    assert (tmp_path / "index.html").is_file()
    loaded = [path for path in tmp_path.rglob("*.html") if "fonts.googleapis" in path.read_text()]
    complain("pages that load something from the network", map(str, loaded), "theme.font: false")


def test_the_page_of_commands_is_what_their_help_says() -> None:
    same = (ROOT / "docs/command-line.md").read_text() == command_line.page()
    complain("docs/command-line.md is not what the commands say", [] if same else [""], "tools/command-line")


def test_each_decision_has_a_number_of_its_own_which_its_heading_repeats() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for number, page in zip(numbers, pages, strict=True):
        assert page.read_text().startswith(f"# {number}. "), page.name
