"""Makes the variants that a run asks for: each is brought or built, started once, and asked what it can do."""

from __future__ import annotations

import asyncio

import msgspec

from zmq_interop.agents import variant
from zmq_interop.agents.variant import Other, Variant
from zmq_interop.cli import variant_hello
from zmq_interop.core.peer import Peer
from zmq_interop.core.variants import JOINED, Chosen
from zmq_interop.run import selection
from zmq_interop.run.options import Options
from zmq_interop.run.selection import Variants
from zmq_interop.schemas import gather
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.workspace import Workspace


def ready(options: Options, space: Workspace) -> Variants:
    """The variants that the options ask for.

    One that cannot be brought, built or started has this as its problem: its cells will be broken, and the others play.
    Raises UsageError for variants that there are not.
    """
    wanted, there = selection.variants_of(options)
    if not wanted.all:
        return selection.NO_VARIANTS
    _refuse_containers(options, wanted.all)
    protos = gather.gather(space.snapshots, options.proto_dirs).protos
    return Variants(wanted, {one.name: _made(one, there[one.peer], protos, options, space) for one in wanted.all})


def _refuse_containers(options: Options, chosen: tuple[Chosen, ...]) -> None:
    """Raises UsageError if a variant is to run in a container."""
    named = dict(part.partition("=")[::2] for part in options.runtime.split(","))
    for one in chosen:
        if options.runtime == "container" or named.get(one.name) == "container":
            raise UsageError(
                f"--runtime {options.runtime}: {one.name} can only run as a process",
                "use --runtime process; or `interop compare`, which builds an image if the library allows it",
            )


def _made(one: Chosen, peer: Peer, protos: ProtoSet, options: Options, space: Workspace) -> Peer:
    other = Other(name=one.library, version=one.version)
    named = msgspec.structs.replace(peer, of_tree=False, joined=JOINED)
    try:
        made = asyncio.run(
            variant.make(named, Variant(libraries=(other,)), space, say=variant_hello.say, install=options.install)
        )
        made = msgspec.structs.replace(made, name=one.name)
        return variant_hello.heard(made, [other], "process", protos, space, install=options.install)
    except PeerBroken as error:
        variant_hello.say(f"{one.name}: {error.message}")
        return msgspec.structs.replace(
            named, name=one.name, manifest=None, problem=error.message, hint=error.hint, detail=error.detail
        )
