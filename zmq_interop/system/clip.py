"""Truncates text from agents, so that the size of logs and reports does not depend on it."""

from __future__ import annotations

MESSAGE = 8192  # characters: what went wrong, with the end of a build's output
FIELD = 1024  # what was asked or answered in one operation


def clip(text: str, most: int = MESSAGE) -> str:
    """The text, or as many of its first characters and how many there are more."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most} characters more)"
