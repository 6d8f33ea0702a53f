"""The ledger of known failures, each with its reason. docs/ledger.md has the rules, decision 21 the rationale."""

from zmq_interop.results.ledger.entry import Entry
from zmq_interop.results.ledger.ledger import Ledger
from zmq_interop.results.ledger.reading import load

__all__ = ["Entry", "Ledger", "load"]
