"""Links over multicast have ports of their own, also beside other runs on the same machine."""

from __future__ import annotations

import socket

import pytest

from zmq_interop.agents.runtimes import loopback
from zmq_interop.agents.runtimes.multicast import HELD, Groups


def port(taken: str) -> int:
    """The port of what `Groups.take` gave."""
    return int(taken.rpartition(":")[2])


def test_two_runs_never_have_a_port_in_common() -> None:
    ports = range(10_000, 10_100)
    ours, theirs = Groups(ports), Groups(ports)
    taken = [(ours.take(), theirs.take()) for _ in range(40)]
    in_use = [port(one) for pair in taken for one in pair]
    assert len(set(in_use)) == len(in_use)


def test_every_port_has_a_group_of_its_own() -> None:
    groups = Groups(range(10_200, 10_300))
    taken = [groups.take() for _ in range(HELD)]
    assert len({one.partition(":")[0] for one in taken}) == HELD
    assert all(one.startswith("239.192.") for one in taken)


def test_a_port_of_another_program_is_passed_over() -> None:
    with socket.socket() as other:
        free = loopback.free_port(loopback.FIRST, range(10_400, 10_500))
        other.bind((loopback.FIRST, free))
        groups = Groups([free, free + 1])
        assert port(groups.take()) == free + 1


def test_the_oldest_ports_are_given_back_so_that_a_long_run_never_runs_out() -> None:
    groups = Groups(range(10_600, 10_700))
    assert {port(groups.take()) for _ in range(1000)} <= set(range(10_600, 10_700))


def test_no_free_port_is_told() -> None:
    ports = [loopback.free_port(loopback.FIRST, range(10_800, 10_900))]
    first = Groups(ports)
    assert port(first.take()) == ports[0]
    with pytest.raises(OSError, match="no port for multicast is free"):
        Groups(ports).take()
