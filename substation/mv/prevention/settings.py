"""`[prevention]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.config import Table

if TYPE_CHECKING:
    from substation.forecast.hazard.file import PreventionModel

OFF, ADVISORY = "off", "advisory"


@dataclass(frozen=True, slots=True)
class PreventionSettings:
    """mode: off, or advisory. period_s: between two outlooks. horizon_s: how far ahead. probability: of an overload,
    from which it is told and OPF is asked; half of it ends the warning. assumed_share: with more of the load unknown
    nothing is learned or forecast. fault_probability: of a fault at a feeder within the horizon, from which it is told.
    model: of faults, as trained; None: published rates.
    """

    mode: str = OFF
    period_s: float = 300.0
    horizon_s: float = 14_400.0
    probability: float = 0.3
    assumed_share: float = 0.1
    fault_probability: float = 0.05
    model: PreventionModel | None = field(default=None, compare=False)

    @property
    def is_on(self) -> bool:
        return self.mode != OFF


_RANGES = {
    "period_s": (10.0, 3600.0),
    "horizon_s": (900.0, 28_800.0),
    "probability": (0.01, 1.0),
    "assumed_share": (0.0, 1.0),
    "fault_probability": (0.0001, 1.0),
}


def read_prevention(table: Table) -> PreventionSettings:
    """ConfigError for what is unknown or out of range."""
    usual = PreventionSettings()
    mode = table.take("mode", str, usual.mode)
    if mode not in (OFF, ADVISORY):
        raise table.error("mode", f"'mode' is '{mode}'", f"write {OFF} or {ADVISORY}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    file = table.optional("model", str)
    table.done()
    model = None if file is None else _model(Path(table.file).parent / file)
    return PreventionSettings(mode=mode, model=model, **numbers)


def _model(file: Path) -> PreventionModel:
    """Loaded where one is named: units without one need no numerics for their settings."""
    from substation.forecast.hazard.file import read_model

    return read_model(file)


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
