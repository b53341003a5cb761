"""What a device shows to the network: the seam between the process and its protocol servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from models.command import CommandResult
from models.point import PointName, Value
from sim_ied.board import Change
from sim_ied.records.device_record import DeviceRecord
from sim_ied.world import Completion

Ended = Callable[[Completion], None]


class Process(Protocol):
    """The process behind a device. Owned by one event loop: call it from there alone."""

    def check(self, point: PointName, value: Value, interlock: bool = True) -> CommandResult:
        """What a select would answer now."""

    def command(self, point: PointName, value: Value, ended: Ended, interlock: bool = True) -> CommandResult:
        """Carry out a command; `ended` is called once if it was accepted."""


class Face(Protocol):
    """One device as its links see it. Its points were given to it when it was made."""

    name: str

    def prepare(self, changes: Sequence[Change]) -> None:
        """The values that the device has before it is opened for the first time; they are no events."""

    async def open(self, host: str, port: int) -> int:
        """Serve; port 0 takes a free one. Returns the port. LinkError when the address cannot be used."""

    def update(self, changes: Sequence[Change]) -> None:
        """New values of this device's points, oldest first."""

    def freeze(self, frozen: bool) -> None:
        """A hung device: its connections stay open, nothing is answered or sent. False: it goes on where it was."""

    async def close(self) -> None:
        """Stop serving and close every connection; `open` may follow."""

    async def stop(self) -> None:
        """Close for good; commands under way are abandoned."""


@runtime_checkable
class RecordFace(Protocol):
    """A device whose protocol carries disturbance records."""

    def offer(self, record: DeviceRecord) -> None:
        """A record has been made."""
