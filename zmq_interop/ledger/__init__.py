"""The ledger: failures that are known, each with its reason. docs/ledger.md has its rules, decision 21 the reasons."""

from zmq_interop.ledger.entry import Entry
from zmq_interop.ledger.judging import Ledger
from zmq_interop.ledger.reading import load

__all__ = ["Entry", "Ledger", "load"]
