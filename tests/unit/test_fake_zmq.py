"""The network in memory does what the RFCs say, as far as scenarios rely on it."""

from __future__ import annotations

import pytest

from zmq_interop.agents.scripted.sockets import TYPES
from zmq_interop.agents.scripted.zmq import Network, Refused, Socket


class World:
    """Sockets of one network."""

    def __init__(self) -> None:
        self.network = Network()

    def open(self, type: str, context: str = "a", /, **options: int | bytes) -> Socket:
        socket = TYPES[type](self.network, context, lambda: None)
        for name, value in options.items():
            socket.set(name, value)
        return socket

    def pair(self, binder: str, connector: str, **options: int | bytes) -> tuple[Socket, Socket]:
        one, other = self.open(binder), self.open(connector, **options)
        other.connect(one.bind("tcp://127.0.0.1:*"))
        return one, other


@pytest.fixture
def world() -> World:
    return World()


def test_a_wildcard_port_becomes_one_that_nobody_has(world: World) -> None:
    endpoints = [world.open("PULL").bind("tcp://127.0.0.1:*") for _ in range(3)]
    assert len(set(endpoints)) == 3
    assert all(endpoint.rpartition(":")[2].isdigit() for endpoint in endpoints)


def test_an_inproc_endpoint_is_not_seen_from_another_context(world: World) -> None:
    world.open("PULL", "a").bind("inproc://x")
    here, there = world.open("PUSH", "a"), world.open("PUSH", "b")
    for socket in (here, there):
        socket.connect("inproc://x")
    assert here.send((b"seen",))
    assert there.pipes[0].other is None


def test_two_sockets_cannot_bind_one_tcp_endpoint_but_a_second_takes_an_ipc_path_over(world: World) -> None:
    taken = world.open("PULL").bind("tcp://127.0.0.1:*")
    with pytest.raises(Refused, match="EADDRINUSE"):
        world.open("PULL").bind(taken)
    first, second, push = world.open("PULL"), world.open("PULL"), world.open("PUSH")
    for socket in (first, second):
        socket.bind("ipc:///x")
    push.connect("ipc:///x")
    push.send((b"1",))
    assert (first.receive(), second.receive()) == (None, (b"1",))


@pytest.mark.parametrize(
    ("endpoint", "errno"), [("tcp", "EINVAL"), ("ipc://", "EINVAL"), ("udp://x:1", "EPROTONOSUPPORT")]
)
def test_an_endpoint_that_makes_no_sense_is_refused(world: World, endpoint: str, errno: str) -> None:
    with pytest.raises(Refused, match=errno):
        world.open("PULL").bind(endpoint)


def test_a_connect_may_come_before_the_bind_and_what_was_sent_meanwhile_arrives(world: World) -> None:
    push, pull = world.open("PUSH"), world.open("PULL")
    push.connect("ipc:///x")
    assert push.send((b"early",))
    pull.bind("ipc:///x")
    assert pull.receive() == (b"early",)


def test_who_has_nobody_to_send_to_waits(world: World) -> None:
    for type in ("PUSH", "DEALER", "PAIR", "REQ"):
        assert not world.open(type).send((b"",))


def test_push_takes_turns(world: World) -> None:
    push = world.open("PUSH")
    endpoint = push.bind("ipc:///x")
    pulls = [world.open("PULL") for _ in range(2)]
    for pull in pulls:
        pull.connect(endpoint)
    for number in range(4):
        push.send((b"%d" % number,))
    assert [len(pull._inbox) for pull in pulls] == [2, 2]


def test_sockets_that_do_not_belong_together_are_not_linked(world: World) -> None:
    pull, dealer = world.pair("PULL", "DEALER")
    dealer.send((b"x",))
    assert pull.receive() is None


def test_a_pair_has_one_partner(world: World) -> None:
    one, other = world.pair("PAIR", "PAIR")
    third = world.open("PAIR")
    third.connect(one.last_endpoint)
    third.send((b"third",))
    other.send((b"second",))
    assert (one.receive(), one.receive()) == ((b"second",), None)


def test_req_and_rep_are_in_lockstep(world: World) -> None:
    rep, req = world.pair("REP", "REQ")
    for early in (req.receive, lambda: rep.send((b"",))):
        with pytest.raises(Refused, match="EFSM"):
            early()
    req.send((b"ask", b""))
    with pytest.raises(Refused, match="EFSM"):
        req.send((b"again",))
    assert rep.receive() == (b"ask", b"")
    with pytest.raises(Refused, match="EFSM"):
        rep.receive()
    rep.send((b"answer",))
    assert req.receive() == (b"answer",)


def test_a_rep_answers_a_dealer_behind_its_envelope(world: World) -> None:
    rep, dealer = world.pair("REP", "DEALER")
    dealer.send((b"e1", b"e2", b"", b"ask"))
    assert rep.receive() == (b"ask",)
    rep.send((b"answer",))
    assert dealer.receive() == (b"e1", b"e2", b"", b"answer")


def test_a_router_names_who_sent_and_routes_by_name(world: World) -> None:
    router, dealer = world.pair("ROUTER", "DEALER", ROUTING_ID=b"me")
    other = world.open("DEALER")
    other.connect(router.last_endpoint)
    dealer.send((b"1",))
    other.send((b"2",))
    first, second = router.receive(), router.receive()
    assert first == (b"me", b"1")
    assert second is not None
    assert second[0] not in (b"", b"me")
    router.send((second[0], b"to the other"))
    assert (dealer.receive(), other.receive()) == (None, (b"to the other",))


def test_a_router_drops_what_it_cannot_route_unless_it_must_not(world: World) -> None:
    router = world.open("ROUTER")
    assert router.send((b"nobody", b"x"))
    router.set("ROUTER_MANDATORY", 1)
    with pytest.raises(Refused, match="EHOSTUNREACH"):
        router.send((b"nobody", b"x"))


def test_a_sub_gets_what_begins_with_what_it_subscribed_to_until_it_cancels(world: World) -> None:
    pub, sub = world.pair("PUB", "SUB", SUBSCRIBE=b"to")
    sub.set("SUBSCRIBE", b"to")
    sub.set("UNSUBSCRIBE", b"to")
    for topic in (b"to", b"topic", b"t", b"To"):
        pub.send((topic,))
    assert [sub.receive() for _ in range(3)] == [(b"to",), (b"topic",), None]
    sub.set("UNSUBSCRIBE", b"to")
    pub.send((b"to",))
    assert sub.receive() is None


def test_an_xpub_sees_the_first_subscription_and_the_last_cancellation(world: World) -> None:
    xpub, sub = world.pair("XPUB", "SUB", SUBSCRIBE=b"a")
    xsub = world.open("XSUB")
    xsub.connect(xpub.last_endpoint)
    xsub.send((b"\1a",))
    xsub.send((b"\1b",))
    xsub.send((b"for the publisher",))
    sub.close()
    xsub.close()
    got = [xpub.receive() for _ in range(6)]
    assert got == [(b"\1a",), (b"\1b",), (b"for the publisher",), (b"\0a",), (b"\0b",), None]


@pytest.mark.parametrize("type", ["PULL", "SUB"])
def test_who_only_receives_cannot_send(world: World, type: str) -> None:
    with pytest.raises(Refused, match="ENOTSUP"):
        world.open(type).send((b"",))


@pytest.mark.parametrize("type", ["PUSH", "PUB"])
def test_who_only_sends_cannot_receive(world: World, type: str) -> None:
    with pytest.raises(Refused, match="ENOTSUP"):
        world.open(type).receive()


def test_who_had_connected_connects_again_when_the_other_comes_back(world: World) -> None:
    pull, push = world.pair("PULL", "PUSH")
    endpoint = pull.last_endpoint
    pull.close()
    assert push.send((b"meanwhile",))
    again = world.open("PULL")
    again.bind(endpoint)
    assert again.receive() == (b"meanwhile",)


def test_after_unbind_nobody_new_comes_and_connections_stay(world: World) -> None:
    pull, push = world.pair("PULL", "PUSH")
    pull.unbind(pull.last_endpoint)
    late = world.open("PUSH")
    late.connect(pull.last_endpoint)
    late.send((b"late",))
    push.send((b"there",))
    assert (pull.receive(), pull.receive()) == ((b"there",), None)


def test_a_closed_network_is_empty(world: World) -> None:
    pull, push = world.pair("PULL", "PUSH")
    for socket in (pull, push):
        socket.close()
    assert world.network.bound == {}
    assert pull.pipes == push.pipes == []
