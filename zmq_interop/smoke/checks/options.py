"""docs/peer-contract.md, Socket options."""

from __future__ import annotations

from typing import Any

from zmq_interop.smoke.agent import Agent, error_of
from zmq_interop.smoke.checks.errors import DATA
from zmq_interop.smoke.checks.lanes import any_type
from zmq_interop.smoke.rules import Unclaimed, Unseen, Wrong, check

_SECTION = "Socket options"
_READABLE: dict[str, int | bytes] = {
    "RCVHWM": 7,
    "SNDHWM": 8,
    "MAXMSGSIZE": 2**40,
    "LINGER": -1,
    "ROUTING_ID": b"\1\0\xff",
}
# Valid for every option: 32 bytes are the length of a key, and a ROUTING_ID must not begin with zero.
_HARMLESS = b"x" + bytes(31)


@check(
    _SECTION,
    "`Hello.options` lists those that can be **set**",
    mend="to fill the Hello, try to set each option once, on a socket of a type that has it",
)
async def every_option_can_be_set(agent: Agent) -> None:
    agent.claims(operations=["set_option"])
    if not agent.hello.options:
        raise Unclaimed("options")
    types = list(agent.hello.socket_types)
    for number, type in enumerate(types):
        await agent.do(open={"socket": number, "type": type})
    for name in agent.hello.options:
        value: dict[str, Any] = {"data": _HARMLESS} if name in DATA else {"number": 1}
        errors: dict[str, str] = {}
        for number, type in enumerate(types):
            response = await agent.ask(set_option={"socket": number, "option": {"name": name, "value": value}})
            errors[type] = error_of(response)
            if not errors[type]:
                break
        if all(errors.values()):
            raise Wrong(
                f"{name} can be set on no type of socket: {', '.join(f'{k} says {v}' for k, v in errors.items())}"
            )


@check(
    _SECTION,
    "The value is passed on as it is and the library judges it.",
    mend="pass the value to the library unchanged: all 64 bits of a number, all bytes of data, zeros too",
)
async def what_was_set_is_read_back(agent: Agent) -> None:
    agent.claims(operations=["set_option", "get_option"])
    names = [name for name in _READABLE if name in agent.hello.options]
    if not names:
        raise Unclaimed(f"options {', '.join(_READABLE)}")
    type = "DEALER" if "DEALER" in agent.hello.socket_types else any_type(agent)
    unread = []
    for number, name in enumerate(names):
        value = _READABLE[name]
        kind = "data" if isinstance(value, bytes) else "number"
        await agent.do(open={"socket": number, "type": type})
        await agent.do(set_option={"socket": number, "option": {"name": name, "value": {kind: value}}})
        response = await agent.call(get_option={"socket": number, "name": name})
        if response.HasField("error") and not agent.wraps_libzmq:
            agent.is_error(response, "NATIVE ", what=f"GetOption of {name}")
            unread.append(name)
        elif getattr(response.value, kind) != value:
            raise Wrong(
                f"{name} was set to {value!r}, but reads {error_of(response) or getattr(response.value, kind)!r}"
            )
    if unread == names:
        raise Unseen(f"the library cannot read {', '.join(unread)}")


@check(
    _SECTION,
    "Options are known by libzmq's name without `ZMQ_`.",
    mend="look up options by their full name; answer UNSUPPORTED to an unknown one, in SetOption and GetOption",
)
async def options_that_there_are_not(agent: Agent) -> None:
    agent.claims(operations=["set_option", "get_option"])
    await agent.do(open={"socket": 1, "type": any_type(agent)})
    for name in ("TELEPATHY", "linger", "ZMQ_LINGER", ""):
        option = {"name": name, "value": {"number": 1}}
        await agent.fails("UNSUPPORTED", set_option={"socket": 1, "option": option})
        await agent.fails("UNSUPPORTED", get_option={"socket": 1, "name": name})


@check(
    _SECTION,
    "`GetOption` of an option that can only be written answers what the library answers, `NATIVE`.",
    mend="pass the call to the library, and answer its errno",
)
async def an_option_that_can_only_be_written(agent: Agent) -> None:
    agent.claims(operations=["get_option"], options=["SUBSCRIBE"])
    await agent.do(open={"socket": 1, "type": "SUB"})
    await agent.fails("NATIVE ", get_option={"socket": 1, "name": "SUBSCRIBE"})
