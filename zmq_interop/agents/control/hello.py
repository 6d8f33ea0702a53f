"""Compares an agent's Hello with its manifest and with the harness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from interop.control.v1.hello_pb2 import Hello
from zmq_interop.core.peer import CONTRACT, Peer
from zmq_interop.peers.manifest import remedy
from zmq_interop.schemas.project import OWN
from zmq_interop.system import home
from zmq_interop.system.clip import clip
from zmq_interop.system.errors import PeerBroken

MOST_LIBRARIES = 32
MOST_CHARACTERS = 200  # of a name or a version
MOST_SHOWN = 10  # names in a message


def check(peer: Peer, hello: Hello, proto_digest: str, message_types: Mapping[str, str]) -> None:
    """Raises PeerBroken if the agent is stale, speaks another contract, or does not match peer.toml.

    message_types: full name of each type that it must know -> the file of that type. Those of a user's file that the
    agent's build refused may be missing, and all of users' in an image that was built without them.
    """
    manifest = peer.require()
    claims = manifest.claims
    if unfit := _unfit(hello):
        raise PeerBroken(
            peer.name,
            f"its Hello contains text that cannot be displayed safely: {unfit}",
            f"at most {MOST_LIBRARIES} libraries; names and versions of at most {MOST_CHARACTERS} printable characters",
        )
    if hello.contract != CONTRACT:
        raise PeerBroken(
            peer.name,
            f"the agent speaks contract {hello.contract}, the harness {CONTRACT}",
            remedy(hello.contract),
        )
    if hello.peer != peer.own_name:
        raise PeerBroken(
            peer.name,
            f"Hello.peer is {hello.peer!r}, but peer.toml says {peer.own_name!r}",
            "`run.command` in peer.toml starts another peer's agent, or Hello.peer is wrong",
        )
    if hello.proto_digest != proto_digest and not peer.image:  # nobody can build that one anew for this run
        raise PeerBroken(
            peer.name,
            "the agent is stale: it was built from different protos "
            f"({hello.proto_digest[:12] or 'no digest'}, not {proto_digest[:12]})",
            "the build must compile INTEROP_PROTO_DIGEST in, and build.inputs must name all the agent's sources; "
            f"`{home.COMMAND} clean` removes old builds",
        )
    differences = [
        *_difference("socket_types", claims.socket_types, hello.socket_types),
        *_difference("transports", claims.transports, hello.transports),
        *_difference("mechanisms", claims.mechanisms, hello.mechanisms),
        *_difference("options", claims.options, hello.options),
        *_difference("abilities", claims.abilities, hello.abilities),
        *_difference("operations", claims.operations, hello.operations),
    ]
    if claims.lanes != hello.lanes:
        differences.append(f"lanes: peer.toml claims {claims.lanes}, Hello says {hello.lanes}")
    unknown = sorted(set(message_types) - set(hello.message_types) - set(refusals(hello, message_types)))
    if peer.image:
        unknown = [type for type in unknown if message_types[type].startswith(OWN)]
    if unknown:
        differences.append(f"message types missing from Hello: {_named(unknown)}")
    if differences:
        raise PeerBroken(
            peer.name,
            "peer.toml and Hello disagree: " + "; ".join(differences),
            f"correct [claims] in {peer.peer_toml}, or fix the agent",
        )


class Refused(NamedTuple):
    """A user's proto that a peer was built without. reason: what its compiler said."""

    file: str
    reason: str


def refusals(hello: Hello, message_types: Mapping[str, str]) -> dict[str, Refused]:
    """Message type -> the file of it that the peer's build refused. The project's own types cannot be refused.

    message_types: as for `check`.
    """
    refused = {one.file: Refused(one.file, one.reason) for one in hello.refused}
    return {type: refused[file] for type, file in message_types.items() if file in refused and not file.startswith(OWN)}


def _unfit(hello: Hello) -> str:
    """The first text of a Hello that is too long or could control a terminal; "" if there is none."""
    if len(hello.libraries) > MOST_LIBRARIES:
        return f"{len(hello.libraries)} libraries"
    texts = [("peer", hello.peer), ("language", hello.language)]
    texts += [(f"libraries[{at}]", text) for at, one in enumerate(hello.libraries) for text in (one.name, one.version)]
    return next(
        (
            f"{name} is {text[:MOST_CHARACTERS]!r}, {len(text)} characters"
            for name, text in texts
            if len(text) > MOST_CHARACTERS or not text.isprintable()
        ),
        "",
    )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(clip(name, MOST_CHARACTERS) for name in names[:MOST_SHOWN]) + more


def _difference(name: str, claimed: Iterable[str], said: Iterable[str]) -> Iterable[str]:
    vanished, unclaimed = sorted(set(claimed) - set(said)), sorted(set(said) - set(claimed))
    if vanished:
        yield f"{name} claimed in peer.toml but missing from Hello: {_named(vanished)}"
    if unclaimed:
        yield f"{name} in Hello but not claimed in peer.toml: {_named(unclaimed)}"
