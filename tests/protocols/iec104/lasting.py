"""What a controlled station keeps, for tests that start it again."""

from __future__ import annotations

from protocols.iec104.controlled_station.memory import Kept


class Lasting(dict[str, Kept]):
    """A memory that outlives the station."""

    def load(self, key: str) -> Kept:
        return self.get(key)

    def save(self, key: str, state: Kept) -> None:
        self[key] = state
