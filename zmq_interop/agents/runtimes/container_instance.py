"""One agent in a container: its streams, its end, and the removal of its resources."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from zmq_interop.agents.compose import IPC
from zmq_interop.agents.runtimes.base import Ended, Instance, Receiver, RunPlace
from zmq_interop.agents.runtimes.docker_attach import STDERR, Demultiplexer, attach, serve
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, refusals
from zmq_interop.agents.runtimes.exit_reason import Fate
from zmq_interop.agents.runtimes.stderr import StderrLog
from zmq_interop.agents.runtimes.streams import ControlSocket, Stream

LAST_WORDS_SECONDS = 2.0  # for stderr to arrive after the agent has ended
REMOVAL_SECONDS = 10.0


class ContainerInstance(Instance):
    """One container, with its attached streams and its control socket, if it has one.

    beside: the instance whose network it shares. container: the id at the engine.
    """

    def __init__(
        self,
        engine: DockerDaemon,
        name: str,
        place: RunPlace,
        receiver: Receiver,
        beside: ContainerInstance | None = None,
    ) -> None:
        self.name = name
        self.beside: ContainerInstance | None = beside
        self.host = ""
        self.ipc = IPC
        self.stderr = StderrLog(place.folder / "agents" / f"{name}.stderr", on_flood=self.kill)
        self.control: ControlSocket | None = None
        self.control_path = place.ctl / name / "agent.sock"  # in its own folder: no other agent can reach it
        self._engine = engine
        self._receiver = receiver
        self.container = ""
        self._fate: Fate | None = None
        self._link: Any = None
        self._attached: Stream | None = None
        self._demultiplexer = Demultiplexer()
        self._last_words = asyncio.Event()  # the attached streams have ended
        self._over = False
        self._tasks: set[asyncio.Future[None]] = set()

    async def listen(self) -> None:
        """Creates the control socket."""
        self.control_path.parent.mkdir()
        self.control_path.parent.chmod(0o755)  # the agent runs as another user
        control = ControlSocket(self.control_path, self._receiver.received, self._end_of_channel)
        await control.listen()
        self.control = control

    def unlisten(self) -> None:
        """Removes the control socket again, so that stdin and stdout are the channel."""
        if self.control:
            self.control.close()
        self.control = None

    def adopt(self, container: str) -> None:
        """Takes over the container created for this instance, and attaches to it. Call it from any thread."""
        self.container = container
        self._link = attach(self._engine, container)

    async def serve(self, fate: Fate) -> None:
        """Begins to read the adopted container's streams. Call it before the container starts."""
        self._fate = fate
        self._attached = await serve(self._link, self._attached_data, self._attached_end)

    def write(self, data: bytes) -> None:
        """Queues bytes for the agent."""
        channel = self.control or self._attached
        if channel:
            channel.write(data)

    def kill(self) -> None:
        """Ends the agent at once."""
        task = asyncio.ensure_future(asyncio.to_thread(self._kill))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self) -> Ended:
        """Waits for the end of the container and of its output. Returns how it ended."""
        if self._fate is None:
            return Ended()
        ended = await asyncio.shield(self._fate.ended)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._last_words.wait(), LAST_WORDS_SECONDS)
        # If the engine is stopping, SIGTERM is all that it reports.
        if ended.signal == "SIGTERM" and await asyncio.to_thread(self._engine.is_stopping):
            return Ended(unseen=f"{self._engine} is being stopped, and stops all containers")
        return ended

    async def stop(self, grace: float) -> Ended:
        """Ends the channel, then the agent, and waits until the engine has removed the container.

        grace: seconds until the agent is killed. Returns how it ended.
        """
        if self._fate is None:
            self.free()
            return Ended()
        if self.control:
            self.control.end()
        if self._attached:
            self._attached.end()
        try:
            await asyncio.wait_for(asyncio.shield(self._fate.ended), grace)
        except TimeoutError:
            await asyncio.to_thread(self._kill)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._fate.removed), REMOVAL_SECONDS)
        ended = await self.wait() if self._fate.ended.done() else Ended()
        self.free()
        return ended

    def free(self) -> None:
        """Frees this instance's resources in the harness."""
        for stream in (self.control, self._attached):
            if stream:
                stream.close()
        with contextlib.suppress(OSError):  # never created, or already removed
            self.control_path.parent.rmdir()
        if self._link is not None and self._attached is None:  # cancelled before `serve`
            self._link.close()
        self._end_of_channel()
        self.stderr.close()

    def _kill(self) -> None:
        """Removes the container by force, which also works on one that was never started."""
        if self.container:
            with contextlib.suppress(EngineError), refusals():
                self._engine.api.remove_container(self.container, force=True)

    def _attached_data(self, data: bytes) -> None:
        for stream, piece in self._demultiplexer.feed(data):
            if stream == STDERR or self.control:  # with a control socket, stdout is another log
                self.stderr.feed(piece)
            else:
                self._receiver.received(piece)

    def _attached_end(self) -> None:
        self._last_words.set()
        if not (self.control and self.control.called):  # otherwise the control socket reports the end
            self._end_of_channel()

    def _end_of_channel(self) -> None:
        if not self._over:
            self._over = True
            self._receiver.ended()
