"""RabbitMQ and its Erlang, as Debian has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.brokers import debian
from benchmarks.brokers.servers.server import Brought, Program, Server, Site
from zmq_interop.system.workspace import Workspace

_CONFIGURATION = "listeners.tcp.1 = 127.0.0.1:{port}\n"
_ERLANG = "/usr/lib/erlang"


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:
    """Always of Debian's packages: the system's own command insists on its system's folders and user."""
    root = await debian.bring(["rabbitmq-server"], space, say)
    homes = sorted(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*"))
    return Brought(f"RabbitMQ {homes[-1].name.partition('-')[2]}", homes[-1])


def plan(brought: Brought, site: Site) -> Server:
    """One node, with a port mapper of its own: Erlang's nodes find each other through one (epmd)."""
    root = brought.home.parents[4]
    erlang = root / _ERLANG.lstrip("/")
    if not erlang.exists():  # the system has it already
        erlang = Path(_ERLANG)
    port, mapper, nodes = site.port(), site.port(), site.port()
    files = {site.disk / "rabbitmq.conf": _CONFIGURATION.format(port=port)}
    # Debian's command knows the one place where it is usually installed.
    files[site.disk / "bin/erl"] = (erlang / "bin/erl").read_text().replace(_ERLANG, str(erlang))
    variables = {
        **debian.environment(root),
        "HOME": str(site.disk),
        "LANG": "C.UTF-8",
        "PATH": f"{site.disk / 'bin'}:/usr/bin:/bin",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper),
        "RABBITMQ_HOME": str(brought.home),
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_DIST_PORT": str(nodes),
        "RABBITMQ_MNESIA_BASE": str(site.disk / "data"),
        "RABBITMQ_LOG_BASE": str(site.disk / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(site.disk / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(site.disk / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(site.disk / "plugins"),
        "RABBITMQ_PID_FILE": str(site.disk / "pid"),
    }
    programs = (
        Program("epmd", (str(erlang / "bin/epmd"),), f"tcp://127.0.0.1:{mapper}", variables),
        Program("rabbitmq-server", (str(brought.home / "sbin/rabbitmq-server"),), f"tcp://127.0.0.1:{port}", variables),
    )
    return Server(files, programs, {"url": f"amqp://guest:guest@127.0.0.1:{port}/"})
