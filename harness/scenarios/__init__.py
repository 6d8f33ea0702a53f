"""The scenarios: each file is a family of the catalogue. Importing a family registers its scenarios."""

from __future__ import annotations

import importlib

from harness.scenario import REGISTRY, Scenario

FAMILIES = ("exchange", "multipart", "protobuf")


def load() -> tuple[Scenario, ...]:
    """Every scenario, family by family, in the order in which the files declare them."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
    return tuple(REGISTRY.values())
