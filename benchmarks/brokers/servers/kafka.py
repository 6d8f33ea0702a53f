"""Kafka from Maven Central: one node that is broker and controller at once (KRaft)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

from benchmarks.bench import NotMeasured
from benchmarks.brokers.servers.server import Brought, Program, Server, Site
from zmq_interop.system import commands, packages, scratch
from zmq_interop.system.locks import held
from zmq_interop.system.workspace import Workspace

VERSION = "4.1.0"  # the brokers of 4.x need Java 17, which Debian 12 has
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>interop</groupId>
  <artifactId>brokers</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""
_CONFIGURATION = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
log.dirs={folder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
"""
_SAFE = "log.flush.interval.messages=1\n"
_CLUSTER = "AAAAAAAAQACAAAAAAAAAAQ"  # any id
_LIMIT = 900.0  # seconds


async def bring(space: Workspace, say: Callable[[str], None]) -> Brought:
    """Its jars. Java and Maven are those of the system; as root on Debian they are installed."""
    await _tools(say)
    below = space.make(space.tools / "maven")
    folder = below / f"kafka-{VERSION}"
    async with held(below):
        if not folder.exists():
            say(f"  fetching Kafka {VERSION} with Maven")
            fresh = scratch.make(below)
            try:
                (fresh / "pom.xml").write_text(_POM.format(version=VERSION))
                copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh / 'lib'}"]
                done = await commands.run(["mvn", "--batch-mode", "--quiet", *copy], cwd=fresh, limit=_LIMIT)
                if done.status != 0:
                    raise NotMeasured(f"Maven ended with {done.status}: {done.tail(3)}")
                (fresh / "lib").rename(folder)
            finally:
                scratch.remove(fresh)
    return Brought(f"Kafka {VERSION}", folder)


async def _tools(say: Callable[[str], None]) -> None:
    wanted = {"java": "default-jre-headless", "mvn": "maven"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if not missing:
        return
    manager, root = packages.find(), packages.is_root()
    if manager is not packages.APT:
        raise NotMeasured("it needs Java 17 and Maven on the PATH")
    command = packages.command_for_people(manager, missing, root=root)
    if not packages.may_install(manager, root=root):
        raise NotMeasured(f"it needs Java 17 and Maven; run: {command}")
    say(f"  {command}")
    done = await packages.install(missing)
    if done.status != 0:
        raise NotMeasured(f"`{command}` ended with {done.status}: {done.tail(3)}")


def plan(brought: Brought, site: Site) -> Server:
    """One node with 512 MiB of heap; where it is safe, each batch is on disk before it is confirmed."""
    port, controller = site.port(), site.port()
    file, folder = site.disk / "server.properties", site.disk / "data"
    text = _CONFIGURATION.format(port=port, controller=controller, folder=folder) + (_SAFE if site.safe else "")
    form = ("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", _CLUSTER, "-c", str(file))
    programs = (
        Program("kafka-storage", _java(brought, form), ""),
        Program("kafka", _java(brought, ("kafka.Kafka", str(file))), f"tcp://127.0.0.1:{port}"),
    )
    return Server({file: text}, programs, {"servers": f"127.0.0.1:{port}"})


def _java(brought: Brought, arguments: Sequence[str]) -> tuple[str, ...]:
    # The counters for jps would stay in /tmp where the process is killed.
    return ("java", "-Xmx512m", "-XX:-UsePerfData", "-cp", f"{brought.home}/*", *arguments)
