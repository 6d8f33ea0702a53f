"""Plays a dialogue of one program with another program in place of a peer; holds both declarations against it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from zmq_interop.programs.beside import BesidePeers
from zmq_interop.programs.between import Between, Party, nowhere
from zmq_interop.programs.building import Builds
from zmq_interop.programs.declaration import Program
from zmq_interop.programs.launch import ProgramFailed
from zmq_interop.programs.meeting import Joint, Meeting, clients
from zmq_interop.programs.running import AFTER, RunningProgram, unless_crashed
from zmq_interop.scenarios.kit import expect
from zmq_interop.scenarios.kit.cell_context import CellContext
from zmq_interop.system import scratch
from zmq_interop.system.errors import Mismatch, Unplayable
from zmq_interop.wire.passage import Observer
from zmq_interop.wire.relay import Relay


class ProgramMeeting:
    """Plays a meeting (`Scenario.play`). turns: held by a cell that plays, in this order."""

    def __init__(
        self,
        meeting: Meeting,
        programs: Mapping[str, Program],
        folder: Path,
        builds: Builds,
        turns: Sequence[asyncio.Semaphore],
    ) -> None:
        self.meeting = meeting
        self.programs = programs
        self.folder = folder
        self.builds = builds
        self.turns = turns

    async def __call__(self, cell: CellContext) -> None:
        """Raises Mismatch, Unplayable, OperationFailed, AgentError."""
        async with contextlib.AsyncExitStack() as held:
            with cell.untimed():
                for name in (self.meeting.driver, self.meeting.other):
                    try:
                        await self.builds.built(name, self.programs[name], self.folder)
                    except ProgramFailed as failed:
                        raise Unplayable(f"{name}: {failed.what}") from None
                for turn in self.turns:
                    await held.enter_async_context(turn)
            work = held.enter_context(_folder(cell))
            await _Play(self, cell, work).play()


@contextlib.contextmanager
def _folder(cell: CellContext) -> Iterator[Path]:
    """A folder of the cell. A cell without an agent has no agent's folder of sockets to make it in."""
    if role := next(iter(cell.cell.scenario.roles), ""):
        yield cell.work_folder(role)
        return
    made = scratch.make()
    try:
        yield made
    finally:
        scratch.remove(made)


class _Play:
    """One play of one cell."""

    def __init__(self, own: ProgramMeeting, cell: CellContext, work: Path) -> None:
        meeting = own.meeting
        self._cell = cell
        self._work = work
        self._meeting = meeting
        self._driver = self._running(own, meeting.driver, meeting.dialogue.run)
        self._other = self._running(own, meeting.other, ())
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._links = {
            joint.mine: self._between(joint, lambda: round((loop.time() - began) * 1e6)) for joint in meeting.joints
        }
        self._nowhere: list[Relay] = []
        self._steps = BesidePeers(
            cell,
            meeting.driver,
            f"{work.name}/{meeting.driver}",
            self._driver.program,
            meeting.dialogue,
            self._driver.text,
            self._driver.logged,
            self._links,
        )

    def _running(self, own: ProgramMeeting, name: str, arguments: Sequence[str]) -> RunningProgram:
        folder = self._work / name
        folder.mkdir()
        return RunningProgram(self._cell, name, own.programs[name], own.folder, folder, arguments)

    def _between(self, joint: Joint, clock: Callable[[], int]) -> Between:
        mine = Party(self._driver.name, self._driver.program, joint.mine)
        theirs = Party(self._other.name, self._other.program, joint.theirs)
        binds = mine.program.sockets[mine.socket].binds
        binder, connector = (mine, theirs) if binds else (theirs, mine)
        return Between(binder, connector, clock)

    async def play(self) -> None:
        try:
            try:
                await self._talk()
            except Mismatch as mismatch:
                raise self._told(mismatch) from None
            for program in (self._driver, self._other):
                await self._ending(program)
        except ProgramFailed as failed:
            if failed.kind:
                raise Mismatch(failed.kind, failed.expected or "the programs to keep running", failed.what) from None
            raise Unplayable(failed.what) from None
        finally:
            await self._close()

    async def _talk(self) -> None:
        """Starts both, the one first that binds more of what joins them, and plays the dialogue."""
        binds = [link for link in self._links.values() if link.binder.name == self._driver.name]
        first, second = self._driver, self._other
        if 2 * len(binds) < len(self._links):
            first, second = second, first
        free = {program: self._choose(program) for program in (first, second)}
        for link in self._bound_by(second):
            self._join(link, second)
        await self._start(first, free[first])
        for link in self._bound_by(first):
            self._join(link, first)
        opening = asyncio.get_running_loop().create_task(self._open(self._bound_by(first)))
        try:
            await self._start(second, free[second])
            for link in self._bound_by(second):
                if link.forward != second.bound[link.binder.socket]:
                    what = f"{first.name} connects to {second.name}, which is started after it and does not bind"
                    raise ProgramFailed(f"{what} {link.forward}, the endpoint that it is given")
            await unless_crashed(self._play(opening, self._bound_by(second)), [self._driver, self._other])
        finally:
            opening.cancel()
            await asyncio.wait([opening])
        for link in self._links.values():
            link.check()

    async def _play(self, opening: asyncio.Task[None], rest: Sequence[Between]) -> None:
        """Opens the links, plays the steps, and sees whether a program dies of the last message."""
        await asyncio.gather(opening, self._open(rest))
        bound = self._driver.bound
        await self._steps.connect({name: bound[name] for name in bound if name not in self._links})
        await self._steps.play()
        await asyncio.sleep(AFTER)

    def _bound_by(self, program: RunningProgram) -> list[Between]:
        return [link for link in self._links.values() if link.binder.name == program.name]

    def _choose(self, program: RunningProgram) -> dict[str, str]:
        """Chooses its endpoints. Returns those to which its sockets connect that are no joint: socket -> endpoint."""
        joined = {one.socket for link in self._links.values() for one in link.parties if one.name == program.name}
        folder = self._work / program.name
        found = program.choose(lambda name: {"port": "*", "path": str(folder / name), "work": str(folder)})
        return {name: endpoint for name, endpoint in found.items() if name not in joined}

    def _join(self, link: Between, binder: RunningProgram) -> None:
        """Makes the relay of a link."""
        transport, name = self._cell.cell.transport, f"{link.connector.name}-{link.connector.socket}"
        listen = "tcp://127.0.0.1:*" if transport == "tcp" else f"ipc://{self._work}/{name}"
        forward = binder.bound[link.binder.socket]

        def observer() -> Observer | None:
            return self._cell.wire_observer(link.connector.name, forward, connects=True, other=link.binder.name)

        link.join(listen, forward, observer)

    async def _start(self, program: RunningProgram, free: dict[str, str]) -> None:
        """Tells it all its endpoints and starts it. free: where its sockets connect that are no joint."""
        joined = {
            link.connector.socket: link.endpoint for link in self._links.values() if link.connector.name == program.name
        }
        played = {end.socket for end in clients(self._meeting)} if program is self._driver else set()
        bound = await self._steps.bind({name: endpoint for name, endpoint in free.items() if name in played})
        for name in free:
            if name not in played:
                relay = nowhere(self._cell.cell.transport, self._work / program.name, name)
                self._nowhere.append(relay)
                bound[name] = relay.endpoint
        program.place(program.bound | joined | bound)
        try:
            await program.start()
        except ProgramFailed as failed:
            raise ProgramFailed(f"{program.name}: {failed.what}", failed.kind, failed.expected) from None

    async def _open(self, links: Sequence[Between]) -> None:
        """Lets programs connect: first those that subscribe, then, when all have, the others.

        What is published before a subscription has come gets lost (RFC 29). So whatever makes a program publish comes
        later: on a connection that is made after the subscription was passed on.
        """
        for link in links:
            if link.to_subscriber:
                link.open()
        for link in self._links.values():
            if not link.to_subscriber:
                continue
            try:
                await asyncio.wait_for(link.subscribed.wait(), self._cell.limit)
            except TimeoutError:
                names = " and ".join(f"{one.name} on {one.socket}" for one in link.parties)
                raise expect.lost(f"the subscriptions that are declared, between {names}", "not all of them") from None
        for link in links:
            if not link.to_subscriber:
                link.open()

    async def _close(self) -> None:
        """Leaves nothing of both behind."""
        try:
            for program in (self._driver, self._other):
                await program.close()
        finally:  # also if the run ends now
            relays = [one.close() for one in self._nowhere]
            await asyncio.gather(*(link.close() for link in self._links.values()), *relays)

    async def _ending(self, program: RunningProgram) -> None:
        try:
            await program.end()
        except ProgramFailed as failed:
            raise ProgramFailed(f"{program.name}: {failed.what}", failed.kind, failed.expected) from None

    def _told(self, mismatch: Mismatch) -> Mismatch:
        """The failure, with what does not fit the other's declaration, and with what the programs have to say."""
        for link in self._links.values():
            if link.fault is not None and link.fault is not mismatch:
                expected = f"{mismatch.expected}; {link.fault.expected}"
                mismatch = Mismatch(mismatch.kind, expected, f"{mismatch.got}; {link.fault.got}")
        return self._other.told(self._driver.told(mismatch))
