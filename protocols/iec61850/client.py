"""The MMS driver: one link to one IED. Its settings are those of `protocols.iec61850.settings`."""

from __future__ import annotations

from collections.abc import Sequence

from models.command import AddCause, Command, CommandResult, Outcome
from models.driver import Clock, LinkConfig, Sink
from models.errors import LinkError
from models.point import Handle, PointSpec
from protocols.iec61850.connection import Connection
from protocols.iec61850.settings import ENTRY_ID, read_settings


def create(link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> MmsDriver:
    """The driver factory of this protocol; raises ConfigError for settings that cannot be used."""
    return MmsDriver(link, points, clock)


class MmsDriver:
    """Implements models.driver.Driver. `run` may be called again after it failed: it resumes where it was."""

    def __init__(self, link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> None:
        self._link = link
        self._settings = read_settings(link)
        self._points = tuple(points)
        self._clock = clock
        self._resume: dict[str, bytes] = dict(self._settings.entry_ids)
        self._connection: Connection | None = None
        self._tried = self._lost = 0

    def resume_points(self) -> dict[str, str]:
        """EntryID (hexadecimal) of the last committed entry by settings key `entry_id:BLOCK`, to survive a restart."""
        return {ENTRY_ID + block: entry.hex() for block, entry in self._resume.items()}

    def counters(self) -> dict[str, int]:
        """How often an association was tried, and how often it failed or was lost."""
        return {"connections": self._tried, "closed: link lost": self._lost}

    async def run(self, sink: Sink) -> None:
        """Connect and deliver until cancelled; LinkError when the link fails, in one line that names link and cause."""
        link = self._link
        self._tried += 1
        self._connection = Connection(link, self._settings, self._points, self._clock, self._resume, sink)
        try:
            await self._connection.run()
        except LinkError as error:
            self._lost += 1
            raise LinkError(f"link {link.name} ({link.ied} at {link.host}:{link.port}): {error}") from error
        finally:
            self._connection = None

    async def execute(self, command: Command) -> CommandResult:
        """Carry out one service of the control model."""
        controller = self._connection.controller if self._connection else None
        if controller is None:
            reason = f"the link {self._link.name} is down; nothing was sent"
            return CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, reason)
        return await controller.execute(command)
