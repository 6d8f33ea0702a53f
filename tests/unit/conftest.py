"""Unit tests: no agent, no socket, no time that passes."""

from hypothesis import HealthCheck, settings

# Examples are bounded by their number and not by the clock of a busy machine, and the same ones are tried each time.
settings.register_profile(
    "unit",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")
