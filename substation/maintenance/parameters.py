"""Settings that may be changed from afar: each is declared here with its bounds, what is not declared cannot be set.

What does not bear on safety is in force at once and kept over restarts. What does becomes a new release of the
configuration, with all that belongs to it: check, restart when nothing is under way, trial, roll-back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.wire.cbor import WireValue
from substation.application import Plain
from substation.history.store import History
from substation.maintenance.errors import ReleaseError

STATE = "maintenance parameters"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number. section, key: where unit.toml has it; no section: in force at once. unit: of measurement."""

    name: str
    unit: str
    least: float
    most: float
    meaning: str
    section: str = ""
    key: str = ""

    @property
    def immediate(self) -> bool:
        return not self.section

    def checked(self, value: WireValue) -> float:
        """ReleaseError unless it is a number within the bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise ReleaseError(f"{self.name} takes a number from {self.least:g} to {self.most:g} {self.unit}".rstrip())
        return float(value)


PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("status.period_s", "s", 1.0, 60.0, "how often the unit publishes its Status"),
        Parameter("log.level", "", 10.0, 40.0, "10 debug, 20 info, 30 warning, 40 error"),
        Parameter(
            "fdir.evidence_window_s", "s", 0.5, 60.0, "from the final trip until indications count as complete",
            "fdir", "evidence_window_s",
        ),
        Parameter(
            "fdir.travel_s", "s", 1.0, 120.0, "longest time from a command to its confirmed position",
            "fdir", "travel_s",
        ),
        Parameter(
            "fdir.watch_after_close_s", "s", 0.1, 60.0, "how long protection is watched after each close",
            "fdir", "watch_after_close_s",
        ),
        Parameter(
            "fdir.voltage_reserve_pu", "p.u.", 0.0, 0.1, "how far inside the voltage limits a plan stays",
            "fdir", "voltage_reserve_pu",
        ),
        Parameter(
            "fdir.loading_reserve_pu", "p.u.", 0.0, 0.3, "how far inside the ratings a plan stays",
            "fdir", "loading_reserve_pu",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """An immediate parameter of a running unit: how to read it and how to bring it into force."""

    get: Callable[[], float]
    set: Callable[[float], None]


def parameter_named(name: str) -> Parameter:
    """ReleaseError names those that there are."""
    if name not in PARAMETERS:
        raise ReleaseError(f"there is no parameter '{name}'; one of {', '.join(PARAMETERS)}")
    return PARAMETERS[name]


class ParametersInForce:
    """Immediate parameters of a running unit; what was set is in force again after a restart."""

    def __init__(self, settings: Mapping[str, Setting], history: History) -> None:
        self._settings, self._history = settings, history
        self._kept = _still_valid(history.load_state(STATE))
        for name, value in self._kept.items():
            if name in settings:
                settings[name].set(value)

    def get(self, name: str) -> float | None:
        """None for what is not in force at once."""
        return self._settings[name].get() if name in self._settings else None

    async def set(self, parameter: Parameter, value: float) -> float:
        """First on the disk, then in force; returns the old value. ReleaseError where this unit has no such thing."""
        if parameter.name not in self._settings:
            raise ReleaseError(f"{parameter.name}: this unit has nothing that it bears on")
        setting = self._settings[parameter.name]
        kept = {**self._kept, parameter.name: value}
        await self._history.save_state(STATE, {**kept})
        self._kept, old = kept, setting.get()
        setting.set(value)
        return old

    async def forget(self) -> None:
        """The next start begins with what the release says."""
        await self._history.save_state(STATE, {})
        self._kept = {}


def _still_valid(stored: Plain) -> dict[str, float]:
    """What was set, as far as it is still declared and within its bounds."""
    kept = stored if isinstance(stored, dict) else {}
    return {
        name: float(value)
        for name, value in kept.items()
        if isinstance(value, int | float)
        and name in PARAMETERS
        and PARAMETERS[name].immediate
        and PARAMETERS[name].least <= value <= PARAMETERS[name].most
    }
