"""What a controlled station keeps over a restart: counter memories, parameters that a control centre has set."""

from __future__ import annotations

from typing import Protocol

Kept = None | bool | int | float | str | list["Kept"] | dict[str, "Kept"]
"""What can be kept: the types of JSON."""


class Memory(Protocol):
    """Keys are texts, one state per key."""

    def load(self, key: str) -> Kept:
        """What was saved last; None when nothing was."""

    def save(self, key: str, state: Kept) -> None:
        """Keep this from now on. Returns at once; a crash within moments may lose it."""


class Forgetful:
    """A station that keeps nothing over a restart, as a simulated one."""

    def load(self, key: str) -> Kept:
        return None

    def save(self, key: str, state: Kept) -> None:
        """Nothing to do: nobody asks after a restart."""
