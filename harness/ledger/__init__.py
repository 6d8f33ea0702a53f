"""The ledger: failures that are known, each with its reason. docs/ledger.md has its rules, decision 21 the reasons."""

from harness.ledger.entry import Entry
from harness.ledger.judging import Ledger
from harness.ledger.reading import load

__all__ = ["Entry", "Ledger", "load"]
