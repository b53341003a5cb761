"""One command in flight per bay (SAFETY S19): who has which, and until when a selection is held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, ValuesView

from substation.control.operation import AnyRequest, Operation


class Bays:
    """expired: told the request of each selection whose time is over, once it is found."""

    def __init__(self, expired: Callable[[AnyRequest], None]) -> None:
        self._expired = expired
        self._held: dict[str, Operation] = {}

    @property
    def operations(self) -> ValuesView[Operation]:
        """Of every bay that is held, expired selections that nobody has looked at included."""
        return self._held.values()

    @property
    def requests(self) -> tuple[AnyRequest, ...]:
        """Commands that are in flight, and selections that have not expired."""
        present = (self.occupant(bay) for bay in tuple(self._held))
        return tuple(operation.request for operation in present if operation is not None)

    def occupant(self, bay: str) -> Operation | None:
        """Who has the bay now; a selection whose time is over has it no longer."""
        operation = self._held.get(bay)
        if operation is not None and operation.deadline_s is not None and _late(operation.deadline_s):
            self.vacate(operation)
            self._expired(operation.request)
            return None
        return operation

    def occupy(self, bay: str, operation: Operation) -> None:
        self._held[bay] = operation

    def vacate(self, operation: Operation) -> None:
        """What it held is free; nothing happens where somebody else has it by now."""
        self._held = {bay: other for bay, other in self._held.items() if other is not operation}


def _late(deadline_s: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline_s
