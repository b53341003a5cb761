"""Modes of automation, set through the data interface."""

from __future__ import annotations

from collections.abc import Callable

from models.errors import StorageError
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.image import Mode
from substation.modes import UNIT, Modes
from substation.variables.write_only import OK, WriteOnly

MODES = {mode.name.lower(): mode for mode in Mode}


class ModeWrites(WriteOnly):
    """`FDIR.Mode` at the unit or a feeder; value: disabled, manual, automatic."""

    def __init__(self, unit: str, modes: Modes, told: Callable[[str, str], None]) -> None:
        self._unit, self._modes, self._tell = unit, modes, told

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if not isinstance(value, str) or value not in MODES:
            raise RefusedError(Code.BAD_REQUEST, f"FDIR.Mode takes one of {', '.join(MODES)}, not {value!r}")
        feeder = UNIT if location == self._unit else location
        if feeder != UNIT and feeder not in self._modes.feeders:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{location} is neither this unit nor a feeder")
        try:
            await self._modes.set(feeder, MODES[value])
        except StorageError as error:
            return WriteResult(Code.FAILED, self._not_kept(location, feeder, value, requester, error))
        self._tell(location, f"FDIR mode set to {value} by {requester.name}")
        return OK

    def _not_kept(self, location: str, feeder: str, value: str, requester: Identity, error: StorageError) -> str:
        """A mode that falls is in force without being kept; one that rises is not."""
        present = self._modes.feeders[feeder] if feeder else self._modes.unit
        if present is MODES[value]:
            text = f"FDIR mode set to {value} by {requester.name}, but a restart forgets it: {error}"
        else:
            text = f"FDIR mode is still {present.name.lower()}, {requester.name} could not set it to {value}: {error}"
        self._tell(location, text)
        return text
