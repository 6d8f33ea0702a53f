"""The orchestrator: plans cells, plays them on agents, gives verdicts.

docs/architecture.md shows the way of the data.
"""

__version__ = "0.1.0"
