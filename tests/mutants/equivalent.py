"""Mutants that no partner and no answer can tell from the honest agent, each with the reason."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {
    "no-CONNECT_DELAYED": "the system decides whether a connection is made at once, and so whether there is this event",
}
