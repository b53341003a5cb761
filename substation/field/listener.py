"""What the unit wants to hear from the field."""

from __future__ import annotations

from typing import Protocol

from models.point import SampleBatch


class FieldListener(Protocol):
    """All calls come in the unit's loop."""

    async def events(self, batch: SampleBatch) -> None:
        """Return once history has committed the batch; StorageError when it cannot (the field keeps the events)."""

    def measurands(self, batch: SampleBatch) -> None:
        """Latest values."""

    def link(self, link: str, up: bool, reason: str) -> None:
        """A link came up with its first complete picture, or went down."""
