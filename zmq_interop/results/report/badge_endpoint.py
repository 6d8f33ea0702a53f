"""What a badge says as JSON that shields.io draws: https://shields.io/badges/endpoint-badge."""

from __future__ import annotations

import json

from zmq_interop.results.report import badge
from zmq_interop.results.report.reading import Report


def render(report: Report) -> str:
    """The JSON, one line."""
    message, colour = badge.told(report)
    return json.dumps({"schemaVersion": 1, "label": badge.LABEL, "message": message, "color": colour}) + "\n"
