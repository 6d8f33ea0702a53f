"""The ledger: failures that are known, each with its reason. docs/ledger.md has its rules, decision 21 the reasons."""

from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.reading import load

__all__ = ["Entry", "Ledger", "load"]
