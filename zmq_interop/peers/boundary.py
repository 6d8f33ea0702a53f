"""The boundary around what a peer brings along: its manifest, its files, its programs and what they say."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from zmq_interop.system.errors import InteropError, PeerBroken, unwritable

_FRAMES = 3  # of a traceback, the innermost


@contextmanager
def on(peer: str) -> Iterator[None]:
    """Whatever a peer makes its build, its start or its Hello raise is PeerBroken, and ends no run of other peers.

    InteropError, and a disk that is full, stay what they are. What is caught here has no message of its own, which is a
    defect of the harness; so the text says where it was.
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
