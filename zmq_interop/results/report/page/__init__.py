"""report.html: the report as one page, in a single file that needs no network.

Text from agents is in the page as data, never as markup: a script displays it as text, and the page's own
Content-Security-Policy allows only that script (decision 17).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import string
from pathlib import Path

from zmq_interop.results.report.page import packing, tree
from zmq_interop.results.report.page.packing import Tree
from zmq_interop.results.report.reading import Report
from zmq_interop.system.text import plain

_HERE = Path(__file__).parent
# In dependency order: a module uses only earlier ones.
_MODULES = ("words", "data", "choice", "again", "findings", "groups", "tables", "list", "wire", "cell", "main")
_STYLES = ("base", "overview", "findings", "cells", "wire", "media")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_SPECIAL = re.compile(r"[<>&]|[^ -~]")
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def render(report: Report) -> str:
    """The page."""
    style, script = "".join(_text(f"{name}.css") for name in _STYLES), _script()
    headline = packing.headline(report)
    data, chunks = packing.pack(report, _tree(report))
    return string.Template(_text("page.html")).substitute(
        title=html.escape(plain(f"{headline} - interop")),
        state=packing.state(report),
        headline=html.escape(plain(headline)),
        incomplete=html.escape(plain(report.incomplete)),
        account=html.escape(str(report.account)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_inert(data.decode()),
        chunks="\n".join(
            f'<script type="text/plain" id="chunk-{number}">{chunk}</script>' for number, chunk in enumerate(chunks)
        ),
    )


def _tree(report: Report) -> Tree:
    urls = dict.fromkeys(cell.url for cell in report.cells if cell.url)
    texts = {url: found for url in urls if (found := tree.section(url)) is not None}
    return Tree(commit=tree.commit(), texts=texts)


def _script() -> str:
    """The modules joined into one script: a page opened from an e-mail cannot import files. All their names differ."""
    text = "\n".join(_text(f"{name}.js") for name in _MODULES)
    return _EXPORT.sub("", _IMPORT.sub("", text))


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _inert(data: str) -> str:
    """JSON in ASCII without markup, safe for HTML parsers, mail programs and editors."""
    return _SPECIAL.sub(lambda found: json.dumps(found[0])[1:-1] if found[0] > "~" else f"\\u{ord(found[0]):04x}", data)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
