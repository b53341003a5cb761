"""The seam of every field protocol. Adding a protocol adds a package under `protocols` and edits no other file.

A package `protocols/NAME` exposes `info: DriverInfo` in its `__init__`, which imports nothing but models. The front end
(`python -m protocols.front_end`) resolves `info.factory` and runs one Driver per link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.command import Command, CommandResult
from models.difference import Difference
from models.point import Handle, PointSpec, SampleBatch
from models.record import Record


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """One link to one device: a name that is unique in the unit, the device's IED name, address, and its settings.

    settings: protocol settings as read from SCL and unit.toml (`k`, `w`, `t1_s`, report control blocks...).
    """

    name: str
    protocol: str
    ied: str
    host: str
    port: int
    settings: dict[str, str | int | float | bool] = field(default_factory=dict)


class Sink(Protocol):
    """Where a driver delivers. Both calls are safe at any rate: events wait, measurands are coalesced downstream."""

    async def events(self, batch: SampleBatch) -> None:
        """Return once history has committed the batch; only then may the driver acknowledge to the field."""

    def measurands(self, batch: SampleBatch) -> None:
        """Take the latest values; never blocks, older values of the same point may be replaced."""

    def connected(self) -> None:
        """The link is up and the first complete picture (general interrogation) has been delivered."""

    async def record(self, record: Record) -> None:
        """Return once the unit has stored the disturbance record (or had it already); StorageError when it cannot."""

    def notice(self, text: str) -> None:
        """One line for the unit's event list: what is odd about the device, yet no reason to close the link.

        Told once per subject by the driver, repeats as totals: a device must not fill the list.
        """

    def differences(self, found: tuple[Difference, ...]) -> None:
        """All that the device has otherwise than the SCL says, in place of what was told before; () for nothing."""


class Driver(Protocol):
    """One link. Nothing here decides; it translates."""

    async def run(self, sink: Sink) -> None:
        """Connect, deliver until cancelled. Raises LinkError when the link fails; the caller tries again."""

    async def execute(self, command: Command) -> CommandResult:
        """Carry out one service. Never raises for a refusal; outcome UNKNOWN when no answer came."""

    def resume_points(self) -> dict[str, str]:
        """Settings to be merged into LinkConfig.settings of the next run, so that it goes on where this one has
        committed ({} where the protocol knows no such thing, or nothing was committed yet)."""

    def counters(self) -> dict[str, int]:
        """What the link has counted since the driver was made: a few numbers with speaking names, asked for every few
        seconds and told when they have changed."""


Clock = Callable[[], int]
"""Returns integer nanoseconds UTC."""

DriverFactory = Callable[[LinkConfig, Sequence[tuple[Handle, PointSpec]], Clock], Driver]


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """What a protocol package tells: its name and where its factory is ('protocols.iec104.master:create').

    check: where a function is that takes a LinkConfig and raises ConfigError for settings that cannot be used; without
    it they are refused when the front end makes the driver.
    """

    name: str
    factory: str
    check: str = ""
