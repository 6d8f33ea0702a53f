"""Writes values as TOML writes them on one line (toml.io, v1.0.0)."""

from __future__ import annotations

import json
import re
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def inline(value: Any) -> str:
    """A text, number, truth, list or table on one line. JSON's texts, numbers and lists are TOML's as well."""
    if isinstance(value, dict):
        keys = {key if _BARE.fullmatch(key) else inline(key): inline(one) for key, one in value.items()}
        return f"{{ {', '.join(f'{key} = {one}' for key, one in keys.items())} }}" if keys else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # which TOML takes only escaped
