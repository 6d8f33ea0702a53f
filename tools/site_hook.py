"""For mkdocs: links out of docs/ lead to the repository, as the site has no sources; and a list of the decisions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\]\((?!\w+:|#)(?P<path>[^)#\s]*)(?P<anchor>#[^)]*)?\)")


def _repository() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return f"{project['urls']['Homepage']}/blob/main"


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """The page's text, in which a link to a file of the tree outside docs/ is one to the repository."""
    folder = Path(page.file.abs_src_path).parent

    def outward(link: re.Match[str]) -> str:
        target = (folder / link["path"]).resolve()
        if target.is_relative_to(ROOT / "docs") or not target.exists():
            return link[0]  # mkdocs complains about one that leads nowhere
        return f"]({_repository()}/{target.relative_to(ROOT)}{link['anchor'] or ''})"

    if page.file.src_uri == "decisions/index.md":
        markdown = f"{markdown}\n{_decisions(folder)}\n"
    return _LINK.sub(outward, markdown)


def _decisions(folder: Path) -> str:
    """A list of all decisions: number and title from each file's first line."""
    titles = {path.name: path.read_text().partition("\n")[0].lstrip("# ") for path in sorted(folder.glob("[0-9]*.md"))}
    return "\n".join(f"- [{title}]({name})" for name, title in titles.items())
