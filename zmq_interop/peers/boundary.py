"""Turns unexpected errors caused by a peer's manifest, files, programs or output into PeerBroken."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from zmq_interop.system.errors import InteropError, PeerBroken, unwritable

_FRAMES = 3  # of a traceback, the innermost


@contextmanager
def on(peer: str) -> Iterator[None]:
    """Raises any unexpected error of a peer's build, start or Hello as PeerBroken, so that other peers still play.

    InteropError and a full disk pass unchanged. Anything else lacks a proper message, which is a bug in the harness, so
    the text includes the traceback.
    """
    try:
        yield
    except InteropError:
        raise
    except Exception as error:
        if unwritable(error):
            raise
        raise PeerBroken(
            peer,
            f"the harness failed on this peer: {type(error).__name__}: {error}",
            "the harness should have reported what is wrong: please report this, with the peer.toml",
            traceback.format_exc(limit=-_FRAMES),
        ) from error
