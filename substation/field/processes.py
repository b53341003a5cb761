"""All front ends of a unit, and the route of every command."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from models.command import Command, CommandResult, Outcome
from models.driver import LinkConfig
from models.point import Handle, PointSpec
from substation.field.front_end import FrontEnd
from substation.field.listener import FieldListener


class Field(Protocol):
    """Everything behind the process image. `run` delivers to the listener until cancelled."""

    async def run(self) -> None: ...

    async def execute(self, command: Command) -> CommandResult: ...


FieldFactory = Callable[[Sequence[LinkConfig], Sequence[tuple[Handle, PointSpec]], FieldListener], Field]


class FrontEnds:
    """One child process per protocol."""

    def __init__(
        self, links: Sequence[LinkConfig], points: Sequence[tuple[Handle, PointSpec]], listener: FieldListener
    ) -> None:
        protocol_of = {link.name: link.protocol for link in links}
        self.front_ends = [
            FrontEnd(
                protocol,
                [link for link in links if link.protocol == protocol],
                [(handle, spec) for handle, spec in points if protocol_of.get(spec.link) == protocol],
                listener,
            )
            for protocol in sorted(set(protocol_of.values()))
        ]
        by_protocol = {front_end.protocol: front_end for front_end in self.front_ends}
        self._routes = {
            handle: by_protocol[protocol_of[spec.link]] for handle, spec in points if spec.link in protocol_of
        }

    async def run(self) -> None:
        # A new directory of our own keeps strangers out, and short: a socket's path has 107 bytes at most.
        with tempfile.TemporaryDirectory(prefix="ringmain-", ignore_cleanup_errors=True) as directory:
            async with asyncio.TaskGroup() as group:
                for front_end in self.front_ends:
                    group.create_task(front_end.run(Path(directory)))

    async def execute(self, command: Command) -> CommandResult:
        front_end = self._routes.get(command.handle)
        if front_end is None:
            return CommandResult(Outcome.REFUSED, reason=f"no link leads to the point with handle {command.handle}")
        return await front_end.execute(command)
