"""Connections: bind and connect in any order, to several endpoints, and undo it; the forms of endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zmq_interop.agents.control.handles import Socket
from zmq_interop.core import endpoints
from zmq_interop.core.features import ABSTRACT_IPC, IPC_FILES, IPV6_LOOPBACK, PATHS_OF_LINUX
from zmq_interop.core.frames import Message
from zmq_interop.core.scenario import Axis, needs, scenario
from zmq_interop.core.sockets import PULL, PUSH
from zmq_interop.core.verdicts import Kind
from zmq_interop.scenarios.kit import exchanges, expect
from zmq_interop.scenarios.kit.cell_context import CellContext, Endpoint, resolved
from zmq_interop.scenarios.kit.exchanges import PATTERNS, LinkedPair

MESSAGES: list[Message] = [(b"one", b"", b"two"), (b"end",)]


@scenario(
    roles={"left": needs(), "right": needs()},
    binder="right",
    axes=(exchanges.axis(PATTERNS, "left", "right"),),
    primary=(),
)
async def connect_first(cell: CellContext) -> None:
    """A socket connects to an endpoint that is not bound yet, and messages flow once it is bound.

    zmq_connect(3): the connection is made as needed, so bind and connect may come in any order; zmq_inproc(7),
    "Connecting a socket": since version 4.0 over inproc too.
    """
    pattern: LinkedPair = cell.value("pattern")
    left = exchanges.open_socket(cell.left, pattern.one)
    right = exchanges.open_socket(cell.right, pattern.other)
    binder, connector = (left, right) if cell.cell.binder == "left" else (right, left)
    where = cell.vacant(cell.cell.binder)
    await cell.connect(connector, where)
    await cell.bind(binder, where)
    await pattern.exchange(cell, left, right)


@scenario(roles={"sender": needs(PUSH), "receiver": needs(PULL)}, binder="receiver", primary=())
async def several_endpoints(cell: CellContext) -> None:
    """A socket that is bound or connected to two endpoints receives from both.

    zmq_bind(3) and zmq_connect(3): a socket may be bound to, and connected to, several endpoints; zmq_socket(3),
    "ZMQ_PULL": it takes messages from all of them by fair queuing.
    """
    pull = cell.receiver.open(PULL)
    pushes = [cell.sender.open(PUSH) for _ in range(2)]
    for push in pushes:
        await cell.link(pull, push)
    await _each_delivers(cell, pushes, pull)


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL, operations=("unbind",))},
    binder="receiver",
    binders=("receiver",),
)
async def unbind(cell: CellContext) -> None:
    """After unbind, the socket receives nothing at that endpoint. Another socket can bind it, and gets the messages.

    zmq_unbind(3): the socket stops accepting connections there; its other endpoints are not affected.
    """
    first, second = cell.receiver.open(PULL), cell.receiver.open(PULL)
    given_up, kept = cell.vacant("receiver"), cell.vacant("receiver")
    await cell.bind(first, given_up)
    await cell.bind(first, kept)
    old, steady = cell.sender.open(PUSH), cell.sender.open(PUSH)
    cell.connect(old, given_up)
    cell.connect(steady, kept)
    await _each_delivers(cell, [old, steady], first)
    await first.unbind(given_up.bound)
    await cell.bind(second, given_up)
    new = cell.sender.open(PUSH)
    cell.connect(new, given_up)
    await cell.transfer(new, second, MESSAGES)
    await cell.transfer(steady, first, MESSAGES)  # and nothing of `new` came before


@scenario(
    roles={"sender": needs(PUSH, operations=("disconnect",)), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
)
async def disconnect(cell: CellContext) -> None:
    """After disconnect, no message goes to that endpoint, and all go to the remaining ones.

    zmq_disconnect(3); PUSH distributes its messages among its connected peers (RFC 30, "The PUSH Socket Type").
    """
    left_behind, kept = cell.receiver.open(PULL), cell.receiver.open(PULL)
    push, steady = cell.sender.open(PUSH), cell.sender.open(PUSH)
    there = await cell.bind(left_behind)
    cell.connect(steady, there)
    connected = await cell.connect(push, there)
    await cell.transfer(push, left_behind, MESSAGES)
    cell.connect(push, await cell.bind(kept))
    await push.disconnect(connected)
    await cell.transfer(push, kept, MESSAGES * 2)
    await cell.transfer(steady, left_behind, MESSAGES)  # and nothing of `push` came before


@scenario(
    roles={"sender": needs(PUSH, operations=("disconnect",)), "receiver": needs(PULL, operations=("unbind",))},
    binder="receiver",
    binders=("receiver",),
    primary=(),
)
async def no_such_endpoint(cell: CellContext) -> None:
    """Unbind or disconnect answers ENOENT where a socket is not, or no longer, bound or connected. It harms nothing.

    zmq_unbind(3), zmq_disconnect(3), ENOENT.
    """
    push, pull = cell.sender.open(PUSH), cell.receiver.open(PULL)
    where, nowhere = (cell.vacant("receiver") for _ in range(2))
    await cell.bind(pull, where)
    connected = await cell.connect(push, where)
    for operation in (pull.unbind, push.disconnect):
        with expect.error("NATIVE", "ENOENT"):
            await operation(nowhere.bound)
    await cell.transfer(push, pull, MESSAGES)
    for operation, endpoint in ((push.disconnect, connected), (pull.unbind, where.bound)):
        await operation(endpoint)
        with expect.error("NATIVE", "ENOENT"):
            await operation(endpoint)


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL, operations=("unbind",))},
    binder="receiver",
    binders=("receiver",),
)
async def bind_again(cell: CellContext) -> None:
    """A socket that was unbound can bind the same endpoint again, and receives messages there.

    zmq_unbind(3), zmq_bind(3).
    """
    pull = cell.receiver.open(PULL)
    where = cell.vacant("receiver")
    for _ in range(2):
        await cell.bind(pull, where)
        push = cell.sender.open(PUSH)
        cell.connect(push, where)
        await cell.transfer(push, pull, MESSAGES)
        await pull.unbind(where.bound)


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    binders=("receiver",),
    transports=("tcp", "inproc"),
)
async def address_in_use(cell: CellContext) -> None:
    """A second socket cannot bind an endpoint that is in use, and the first one still receives messages there.

    zmq_bind(3), EADDRINUSE; zmq_inproc(7), "Binding a socket": the name must be unique. (ipc differs: see
    ipc_taken_over.)
    """
    pull, late = cell.receiver.open(PULL), cell.receiver.open(PULL)
    where = await cell.bind(pull)
    with expect.error("NATIVE", "EADDRINUSE"):
        await late.bind(where.bound)
    push = cell.sender.open(PUSH)
    cell.connect(push, where)
    await cell.transfer(push, pull, MESSAGES)


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL, operations=("get_option",))},
    binder="receiver",
    binders=("receiver",),
    transports=("tcp",),
    axes=(Axis(name="host", values={"one-interface": "", "all-interfaces": "*"}),),
)
async def wildcard(cell: CellContext) -> None:
    """A socket bound to port * gets a port of its own. LAST_ENDPOINT returns it, and peers can connect to it.

    zmq_tcp(7), "Assigning a local address to a socket": with * as the port, the system picks one; * as the interface
    means all of them; zmq_getsockopt(3), "ZMQ_LAST_ENDPOINT".
    """
    pull = cell.receiver.open(PULL)
    host = cell.endpoint("receiver").bound.removeprefix("tcp://").removesuffix(":*")
    ports = set()
    for name in ("first", "second"):
        bound = await pull.bind(f"tcp://{cell.value('host') or host}:*")
        last = await pull.get("LAST_ENDPOINT")
        one = isinstance(last, bytes) and endpoints.same(last.decode(errors="replace"), bound)
        expect.that(one, Kind.ALTERED, f"LAST_ENDPOINT to be what bind answered, {bound}", f"{last!r}")
        port = bound.rpartition(":")[2]
        expect.that(port.isdecimal() and int(port) > 0, Kind.UNEXPECTED, "a port that the system picked", bound)
        ports.add(port)
        push = cell.sender.open(PUSH)
        cell.connect(push, Endpoint(f"tcp://{host}:{port}", name))
        await cell.transfer(push, pull, MESSAGES)
    expect.that(len(ports) == 2, Kind.UNEXPECTED, "another port for every bind", f"{ports}")


@scenario(
    roles={"sender": needs(options=("IPV6",)), "receiver": needs(options=("IPV6",))},
    binder="receiver",
    transports=("tcp",),
    place=(IPV6_LOOPBACK,),
    axes=(exchanges.axis({name: PATTERNS[name] for name in ("push-pull", "req-rep")}, "sender", "receiver"),),
)
async def ipv6(cell: CellContext) -> None:
    """Sockets with ZMQ_IPV6 exchange messages at an IPv6 address.

    zmq_tcp(7): an IPv6 address is written in brackets; zmq_setsockopt(3), "ZMQ_IPV6".
    """
    pattern: LinkedPair = cell.value("pattern")
    sender = exchanges.open_socket(cell.sender, pattern.one, IPV6=1)
    receiver = exchanges.open_socket(cell.receiver, pattern.other, IPV6=1)
    binder, connector = (sender, receiver) if cell.cell.binder == "sender" else (receiver, sender)
    anywhere = "tcp://[::1]:*"
    connector.connect(resolved(anywhere, await binder.bind(anywhere)))
    await pattern.exchange(cell, sender, receiver)


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    transports=("ipc",),
    place=(IPC_FILES,),
    primary=(),
)
async def ipc_file(cell: CellContext) -> None:
    """While an ipc endpoint is bound, there is a Unix domain socket on disk at the path that it names.

    zmq_ipc(7): the address is the pathname to create; the transport uses Unix domain sockets. The page does not say
    whether the file is removed afterwards, so this is not tested.
    """
    push, pull = cell.sender.open(PUSH), cell.receiver.open(PULL)
    where = cell.vacant(cell.cell.binder)
    file = cell.file(where)
    expect.that(not file.exists(), Kind.UNEXPECTED, "no file before bind", f"{file}")
    await cell.link(push, pull, where)
    await cell.transfer(push, pull, MESSAGES)
    expect.that(file.is_socket(), Kind.UNEXPECTED, f"a Unix domain socket at {file}", "none")


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    transports=("ipc",),
    place=(ABSTRACT_IPC,),
    primary=(),
)
async def ipc_abstract(cell: CellContext) -> None:
    """An ipc endpoint that begins with @ is an abstract socket of the kernel, not a file.

    zmq_ipc(7), "Binding a socket": on Linux, the abstract namespace is independent of the file system; unix(7).
    """
    push, pull = cell.sender.open(PUSH), cell.receiver.open(PULL)
    name = f"@{cell.vacant(cell.cell.binder).name}"
    binder, connector = (push, pull) if cell.cell.binder == "sender" else (pull, push)
    await binder.bind(f"ipc://{name}")
    connector.connect(f"ipc://{name}")
    await cell.transfer(push, pull, MESSAGES)
    known = [line.split()[-1] for line in Path("/proc/net/unix").read_text(errors="replace").splitlines()]
    expect.that(name in known, Kind.UNEXPECTED, f"{name} among the abstract sockets of the kernel", "it is not there")


@scenario(
    roles={"sender": needs(PUSH), "receiver": needs(PULL)},
    binder="receiver",
    transports=("ipc",),
    place=(PATHS_OF_LINUX,),
    primary=(),
)
async def ipc_path_length(cell: CellContext) -> None:
    """Binding a path of 107 bytes succeeds, and one of 108 fails; the socket still works after the failure.

    zmq_ipc(7), "Binding a socket": the pathname must meet the limits of the operating system, which on Linux are 107
    characters; unix(7), "Pathname sockets". The manual names no errno, and says nothing about connect.
    """
    push, pull = cell.sender.open(PUSH), cell.receiver.open(PULL)
    with expect.error("NATIVE"):
        await (push if cell.cell.binder == "sender" else pull).bind(cell.vacant_path(cell.cell.binder, 108).bound)
    longest = [cell.vacant_path(role, 107) for role in cell.cell.scenario.roles]
    # The two may see the folder at different paths: take the name that is short enough for both.
    await cell.link(push, pull, min(longest, key=lambda endpoint: len(endpoint.name)))
    await cell.transfer(push, pull, MESSAGES)


@scenario(
    roles={"loser": needs(PULL), "taker": needs(PULL, PUSH)},
    binder="loser",
    binders=("loser",),
    transports=("ipc",),
)
async def ipc_taken_over(cell: CellContext) -> None:
    """A second bind to an ipc path succeeds and takes over: later connections reach the second socket.

    zmq_ipc(7), "Binding a socket": an existing binding to the same endpoint is overridden. Here ipc differs from tcp
    and inproc.
    """
    where = cell.vacant("loser")
    loser, taker = cell.loser.open(PULL), cell.taker.open(PULL)
    await cell.bind(loser, where)
    await cell.bind(taker, where)
    push = cell.taker.open(PUSH)
    cell.connect(push, where)
    await cell.transfer(push, taker, MESSAGES)


async def _each_delivers(cell: CellContext, senders: Sequence[Socket], receiver: Socket) -> None:
    """Each sender sends its own messages. Expects all of them, in order for each sender. Raises Mismatch."""
    wanted = [(b"from %d" % number, *message) for number, _ in enumerate(senders) for message in MESSAGES]
    for number, sender in enumerate(senders):
        for message in MESSAGES:
            sender.send((b"from %d" % number, *message))
    got = await cell.receive(receiver, len(wanted))
    expect.messages(sorted(got, key=lambda message: message[:1]), wanted)
