"""What scenarios play on: endpoints that are given up and bound again, and waiting for what takes its time."""

from __future__ import annotations

import asyncio
import itertools
import socket
import sys
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from tests.unit import world
from zmq_interop.agents.control.handles import BEHIND, Event, Lane, Socket
from zmq_interop.agents.runtimes import loopback
from zmq_interop.agents.runtimes.base import PORTS
from zmq_interop.agents.runtimes.container import ContainerRuntime
from zmq_interop.agents.runtimes.process import ProcessRuntime
from zmq_interop.core.features import IPC_FILES
from zmq_interop.core.scenario import Play
from zmq_interop.core.sockets import PULL, PUSH, REQ, ROUTER, XPUB
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.scenarios.kit.cell_context import SYNC, CellContext
from zmq_interop.system.errors import OperationFailed


def verdicts(play: Play) -> set[tuple[Verdict, Kind | None]]:
    """Of all cells of a scenario of this test's own, on agents in memory."""
    known = world.peers("a", "b")
    return {(cell.verdict, cell.kind) for cell in world.play(known, world.cells_of(play, known)).judged.values()}


def test_bind_waits_until_an_endpoint_is_given_up() -> None:
    async def play(cell: CellContext) -> None:
        first, second = cell.one.open(PULL), cell.other.open(PULL)
        where = await cell.bind(first, cell.vacant("one"))

        async def give_up() -> None:
            await asyncio.sleep(1)
            await first.close()

        giving_up = asyncio.create_task(give_up())
        assert await cell.bind(second, where) == where
        await giving_up

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_bind_at_an_endpoint_that_is_never_given_up_is_refused() -> None:
    async def play(cell: CellContext) -> None:
        where = await cell.bind(cell.one.open(PULL))
        await cell.bind(cell.other.open(PULL), where)

    # Over ipc the second takes it over.
    assert verdicts(play) == {(Verdict.FAIL, Kind.REFUSED), (Verdict.PASS, None)}


def test_join_waits_for_a_sender_that_has_nobody_yet() -> None:
    async def play(cell: CellContext) -> None:
        push, pull = cell.one.open(PUSH), cell.other.open(PULL)
        where = await cell.bind(push)
        joining = asyncio.create_task(cell.join(push, pull))
        await asyncio.sleep(1)
        cell.connect(pull, where)
        assert await joining == (SYNC,)

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_join_gives_back_what_a_router_puts_before_and_published_passes_over_it() -> None:
    async def play(cell: CellContext) -> None:
        req, router = cell.one.open(REQ), cell.other.open(ROUTER)
        await cell.link(req, router)
        id, empty, sync = await cell.join(req, router)
        assert (empty, sync) == (b"", SYNC)
        router.send((id, b"", b"reply"))
        assert await req.receive() == (b"reply",)
        req.send((SYNC,))
        router.send((id, b"", b"reply"))
        await req.receive()
        req.send((b"wanted",))
        assert await cell.published(router, 1) == [(id, b"", b"wanted")]

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_what_join_cannot_bring_about_is_lost() -> None:
    async def play(cell: CellContext) -> None:
        await cell.join(cell.one.open(XPUB), cell.other.open(PULL))

    assert verdicts(play) == {(Verdict.FAIL, Kind.LOST)}


def test_a_vacant_endpoint_is_nobody_elses() -> None:
    async def play(cell: CellContext) -> None:
        places = {cell.vacant("one") for _ in range(10)}
        assert len(places) == 10
        for place in places:
            assert await cell.bind(cell.one.open(PULL), place) == place

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_a_path_is_as_long_as_was_asked() -> None:
    async def play(cell: CellContext) -> None:
        if cell.cell.transport == "ipc":
            assert len(str(cell.file(cell.vacant_path("one", 107)))) == 107

    assert verdicts(play) == {(Verdict.PASS, None)}


class Asked:
    """What `Socket.event` returns."""

    def __init__(self, event: Coroutine[Any, Any, Event]) -> None:
        self._event = event

    def joined(self) -> Coroutine[Any, Any, Event]:
        return self._event


class Monitored:
    """A socket whose monitor tells the same events again and again, one a second."""

    def __init__(self, lane: Lane, *names: str) -> None:
        self.lane = lane
        self.names = itertools.cycle(names)

    def event(self, timeout: float) -> Asked:
        return Asked(self._event(timeout))

    async def _event(self, timeout: float) -> Event:
        await asyncio.sleep(min(1.0, timeout))
        if timeout < 1:
            raise OperationFailed(self.lane.instance, "receive_event", "AGAIN", "EAGAIN", "")
        return Event(next(self.names), 0, "tcp://127.0.0.1:1")


def test_what_happens_is_told_in_order_and_passes_over_the_rest() -> None:
    async def play(cell: CellContext) -> None:
        socket = Monitored(cell.one, "CONNECT_DELAYED", "CONNECTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED")
        told = await cell.happens(cast("Socket", socket), "CONNECTED", "DISCONNECTED", "CONNECTED")
        assert [event.name for event in told] == ["CONNECTED", "DISCONNECTED", "CONNECTED"]

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_what_does_not_happen_is_lost_however_much_else_does() -> None:
    async def play(cell: CellContext) -> None:
        await cell.happens(cast("Socket", Monitored(cell.one, "CONNECT_RETRIED")), "CONNECTED")

    assert verdicts(play) == {(Verdict.FAIL, Kind.LOST)}


class Flooded(Monitored):
    """A socket whose monitor has the next event always there already."""

    async def _event(self, timeout: float) -> Event:
        await asyncio.sleep(0.01)
        return Event(next(self.names), 0, f"within {timeout:g}")


def test_events_that_come_faster_than_they_can_be_asked_for_end_with_the_time_limit() -> None:
    async def play(cell: CellContext) -> None:
        await cell.happens(cast("Socket", Flooded(cell.one, "CONNECT_RETRIED")), "CONNECTED")

    assert verdicts(play) == {(Verdict.FAIL, Kind.LOST)}


def test_events_that_were_asked_for_ahead_are_told_to_who_wants_them_next() -> None:
    async def play(cell: CellContext) -> None:
        socket = cast("Socket", Flooded(cell.one, "LISTENING", "ACCEPTED", "DISCONNECTED"))
        await cell.happens(socket, "LISTENING")
        assert [event.name for event in await cell.happens(socket, "ACCEPTED", "DISCONNECTED")] == [
            "ACCEPTED",
            "DISCONNECTED",
        ]
        assert "LISTENING" in {event.name for event in await cell.events_of([socket], 0.0)}

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_messages_that_are_missing_are_waited_for_once() -> None:
    async def play(cell: CellContext) -> None:
        pull, push = cell.one.open(PULL), cell.other.open(PUSH)
        await cell.link(pull, push)
        push.send((b"one",))
        began = asyncio.get_running_loop().time()
        assert await cell.receive(pull, 5) == [(b"one",)]
        assert asyncio.get_running_loop().time() - began < 2.5 * cell.limit

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_a_message_that_comes_late_behind_another_is_waited_for() -> None:
    async def play(cell: CellContext) -> None:
        pull, push = cell.one.open(PULL), cell.other.open(PUSH)
        await cell.link(pull, push)
        arriving = cell.receive(pull, 2)
        push.send((b"one",))
        await asyncio.sleep(2 * BEHIND)
        push.send((b"two",))
        assert await arriving == [(b"one",), (b"two",)]

    assert verdicts(play) == {(Verdict.PASS, None)}


def test_processes_have_their_ipc_files_in_sight_and_containers_have_not() -> None:
    assert IPC_FILES in ProcessRuntime.features()
    assert IPC_FILES not in ContainerRuntime.features()


def test_a_port_that_somebody_has_is_passed_over() -> None:
    address = loopback.lone()
    assert address.startswith("127.")
    taken = loopback.free_port(address, PORTS)
    with socket.create_server((address, taken)):
        assert loopback.free_port(address, [taken, taken + 1]) == taken + 1
        with pytest.raises(OSError, match="no port of"):
            loopback.free_port(address, [taken])
    assert loopback.free_port(address, [taken]) == taken


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
def test_a_lone_address_is_not_one_that_cells_share() -> None:
    shared = {address for address, _ in zip(loopback.addresses(), range(300), strict=False)}
    assert not shared & {loopback.lone() for _ in range(1000)}
