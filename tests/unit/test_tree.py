"""What a page takes from the tree: the sections to which the ledger points, and nothing that a log could choose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from zmq_interop.results import ledger
from zmq_interop.results.report.page import tree
from zmq_interop.results.report.page.tree import Section
from zmq_interop.system.paths import ROOT

TEXT = "# All\nWhat it is.\n\n## One & two, 4.3.4\nText.\n\n    # no heading\n\n### Below\nMore.\n\n## Three\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one document, and one that is not below docs/."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/one.md").write_text(TEXT)
    (tmp_path / "docs/link.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "docs/notes.txt").write_text("# No Markdown\n")
    (tmp_path / "secret.md").write_text("# Secret\n")
    return tmp_path


def test_a_link_leads_to_a_section_with_all_that_is_below_it(root: Path) -> None:
    found = tree.section("docs/one.md#one--two-434", root)
    assert found == Section("One & two, 4.3.4", "Text.\n\n    # no heading\n\n### Below\nMore.")
    assert tree.section("docs/one.md#three", root) == Section("Three", "")
    whole = tree.section("docs/one.md", root)
    assert whole is not None
    assert whole.heading == "All"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "#one",
        "https://example.org/docs/one.md",
        "docs/one.md#nowhere",
        "docs/none.md",
        "docs",
        "docs/notes.txt",
        "docs/../secret.md",
        "docs/link.md",
        "/etc/passwd",
        "docs/one.md\0",
    ],
)
def test_any_other_link_leads_nowhere(root: Path, url: str) -> None:
    assert tree.section(url, root) is None


def test_every_entry_of_the_ledger_leads_to_a_section() -> None:
    urls = {entry.url for entry in ledger.load().entries}
    assert {url for url in urls if tree.section(url) is None} == set()


def test_the_commit_is_that_of_the_folder_s_repository(tmp_path: Path) -> None:
    assert tree.commit(tmp_path) == ""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert tree.commit(tmp_path) == head


def test_where_there_is_no_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert tree.commit(ROOT) == ""
