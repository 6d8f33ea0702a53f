"""A lie about options."""

from __future__ import annotations

from typing import Any

import zmq

from tests.liars.lie import Lie
from tests.liars.sockets import Truthful


class KeepsEveryDefault(Truthful):
    """Accepts every option and sets none, but for those without which no message would come."""

    def set(self, option: int, optval: Any) -> None:
        if option in (zmq.SUBSCRIBE, zmq.LINGER):
            super().set(option, optval)


LIES = {"keep-every-default": Lie(KeepsEveryDefault)}
