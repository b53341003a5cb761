"""What the unit wants to hear from the field."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from models.difference import Difference
from models.point import SampleBatch
from models.record import Record


class FieldListener(Protocol):
    """All calls come in the unit's loop."""

    def events(self, batch: SampleBatch) -> Awaitable[None]:
        """Take the batch into the image at once; the awaitable ends when history has committed it, however long."""

    def measurands(self, batch: SampleBatch) -> None:
        """Latest values."""

    def resume_points(self, link: str, settings: dict[str, str]) -> None:
        """Keep these settings for the link's next run (Driver.resume_points)."""

    def resume_settings(self, link: str) -> dict[str, str]:
        """What was kept for a link."""

    def record(self, link: str, record: Record) -> Awaitable[object]:
        """Store a disturbance record; StorageError when that is not possible."""

    def notice(self, link: str, text: str) -> None:
        """What is odd about the device of a link (Sink.notice)."""

    def differences(self, link: str, found: tuple[Difference, ...]) -> None:
        """All that a device has otherwise than its SCL (Sink.differences)."""

    def counters(self, link: str, counters: dict[str, int]) -> None:
        """What a link has counted (Driver.counters), after a change."""

    def link(self, link: str, up: bool, reason: str) -> None:
        """A link came up with its first complete picture, or went down."""
