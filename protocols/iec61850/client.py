"""The MMS driver: one link to one IED. Its settings are those of `protocols.iec61850.settings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.command import AddCause, Command, CommandResult, Outcome
from models.driver import Clock, LinkConfig, Sink
from models.errors import LinkError
from models.notices import Notices
from models.point import Handle, PointSpec
from protocols.iec61850.comparison.comparing import Comparison
from protocols.iec61850.connection import Connection
from protocols.iec61850.files.fetching import RecordFetcher
from protocols.iec61850.files.settings import FETCHED
from protocols.iec61850.files.triggers import with_triggers
from protocols.iec61850.reports.memory import Memory
from protocols.iec61850.settings import ENTRY_ID, read_settings
from protocols.tls.modes import has_tls

if TYPE_CHECKING:
    from protocols.iec61850.tls import SecureLines


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
        self._memory = Memory(dict(self._settings.entry_ids), Notices(self._tell))
        self._sink: Sink | None = None
        self._connection: Connection | None = None
        self._lines = _lines(link, clock) if has_tls(link) else None
        self._fetcher = RecordFetcher(self._settings.files, str(link.settings.get(FETCHED, "")))
        self._comparison = Comparison(self._settings.scl_device)
        self._tried = self._lost = 0

    def resume_points(self) -> dict[str, str]:
        """EntryID (hexadecimal) of the last committed entry by settings key `entry_id:BLOCK`, to survive a restart."""
        entries = {ENTRY_ID + block: entry.hex() for block, entry in self._memory.resume.items()}
        return entries | self._fetcher.resume_points()

    def counters(self) -> dict[str, int]:
        """Associations tried and lost, reports and reads and what was wrong with them, TLS, files."""
        secure = {} if self._lines is None else self._lines.counters()
        return {
            "connections": self._tried,
            "closed: link lost": self._lost,
            **self._memory.counts,
            **secure,
            **self._fetcher.counters(),
        }

    async def run(self, sink: Sink) -> None:
        """Connect and deliver until cancelled; LinkError when the link fails, in one line that names link and cause."""
        link = self._link
        self._tried += 1
        self._sink = sink
        sink = with_triggers(sink, self._points, self._fetcher.wake)
        self._connection = Connection(
            link,
            self._settings,
            self._points,
            self._clock,
            self._memory,
            sink,
            self._lines,
            self._fetcher,
            self._comparison,
        )
        try:
            await self._connection.run()
        except LinkError as error:
            self._lost += 1
            raise LinkError(f"link {link.name} ({link.ied} at {link.host}:{link.port}): {error}") from error
        finally:
            self._connection = None
            self._memory.notices.total()

    def _tell(self, text: str) -> None:
        if self._sink is not None:
            self._sink.notice(text)

    async def execute(self, command: Command) -> CommandResult:
        """Carry out one service of the control model."""
        controller = self._connection.controller if self._connection else None
        if controller is None:
            reason = f"the link {self._link.name} is down; nothing was sent"
            return CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, reason)
        return await controller.execute(command)


def _lines(link: LinkConfig, clock: Clock) -> SecureLines:
    """Loads cryptography, which plain links do without."""
    from protocols.iec61850.tls import SecureLines

    return SecureLines(link, clock)
