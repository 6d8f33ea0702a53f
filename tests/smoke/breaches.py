"""One breach of the contract for each check of `interop smoke`, by the check's name. Each breaks just that rule."""

from __future__ import annotations

from tests.liars.lie import Lie
from tests.smoke import of_channel, of_lane, of_sockets

BREACHES: dict[str, Lie] = {**of_channel.BREACHES, **of_lane.BREACHES, **of_sockets.BREACHES}
