"""`[opf]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

OFF, ADVISORY, ORDERS = "off", "advisory", "orders"


@dataclass(frozen=True, slots=True)
class OpfSettings:
    """mode: off; advisory: it proposes a state, and people decide; orders: it also proposes the validated switching
    order that leads there (GR3), and people approve it. settle_s: from its end until what is measured is compared with
    the prediction. period_s: between two searches; limits that are
    exceeded are answered at the next look, look_s after the last. saving_per_operation_w: losses that each operation
    has to save. least_saving_w: that all of them together have to. voltage_reserve_pu, loading_reserve_pu: a proposal
    stays that far inside the limits. assumed_share: share of the load, by rated peak, that may be unknown.
    expected_loss_w: losses beyond which it looks for a better state at once; None: nobody says.
    """

    mode: str = OFF
    period_s: float = 900.0
    look_s: float = 60.0
    saving_per_operation_w: float = 1000.0
    least_saving_w: float = 2000.0
    voltage_reserve_pu: float = 0.005
    loading_reserve_pu: float = 0.05
    assumed_share: float = 0.1
    expected_loss_w: float | None = None
    settle_s: float = 30.0

    @property
    def is_on(self) -> bool:
        return self.mode != OFF


_RANGES = {
    "period_s": (10.0, 86_400.0),
    "look_s": (1.0, 3600.0),
    "saving_per_operation_w": (0.0, 1e9),
    "least_saving_w": (0.0, 1e9),
    "voltage_reserve_pu": (0.0, 0.1),
    "loading_reserve_pu": (0.0, 0.5),
    "assumed_share": (0.0, 1.0),
    "settle_s": (1.0, 3600.0),
}


def read_opf(table: Table) -> OpfSettings:
    """ConfigError for what is unknown or out of range."""
    usual = OpfSettings()
    mode = table.take("mode", str, usual.mode)
    if mode not in (OFF, ADVISORY, ORDERS):
        raise table.error("mode", f"'mode' is '{mode}'", f"write {OFF}, {ADVISORY} or {ORDERS}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    expected_w = table.optional("expected_loss_w", float)
    if expected_w is not None and not 0 < expected_w < float("inf"):
        raise table.error("expected_loss_w", f"'expected_loss_w' is {expected_w:g}", "write W above 0, or leave it out")
    table.done()
    return OpfSettings(mode=mode, expected_loss_w=expected_w, **numbers)


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
