"""All mutants of the Python agent, by name: OPERATOR-POINT."""

from __future__ import annotations

from tests.mutants.mutant import Mutant
from tests.mutants.points import codec, events, messages, operations, options

MUTANTS: dict[str, Mutant] = {
    **operations.mutants(),
    **messages.mutants(),
    **options.mutants(),
    **events.mutants(),
    **codec.mutants(),
}
