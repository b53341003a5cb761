"""`[opf]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

OFF, ADVISORY, ORDERS, AUTOMATIC = "off", "advisory", "orders", "automatic"
MODES = (OFF, ADVISORY, ORDERS, AUTOMATIC)


@dataclass(frozen=True, slots=True)
class OpfSettings:
    """mode: off; advisory: it proposes a state, and people decide; orders: it also proposes the validated switching
    order that leads there (GR3), and people approve it; automatic: it carries the order out itself where that
    interrupts nobody, saves automatic_saving_w and moves no switch more than automatic_operations times a day. by_hand:
    switches without remote control may be moved too, by crews; each such operation has to save saving_by_hand_w
    besides. settle_s: from its end until what is measured is compared with
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
    by_hand: bool = False
    saving_by_hand_w: float = 10_000.0
    automatic_saving_w: float = 5000.0
    automatic_operations: int = 2

    @property
    def is_on(self) -> bool:
        return self.mode != OFF

    @property
    def orders(self) -> bool:
        """Whether what is proposed becomes an order."""
        return self.mode in (ORDERS, AUTOMATIC)


_RANGES = {
    "period_s": (10.0, 86_400.0),
    "look_s": (1.0, 3600.0),
    "saving_per_operation_w": (0.0, 1e9),
    "least_saving_w": (0.0, 1e9),
    "voltage_reserve_pu": (0.0, 0.1),
    "loading_reserve_pu": (0.0, 0.5),
    "assumed_share": (0.0, 1.0),
    "settle_s": (1.0, 3600.0),
    "saving_by_hand_w": (0.0, 1e9),
    "automatic_saving_w": (0.0, 1e9),
}

_MOST_A_DAY = 100


def read_opf(table: Table) -> OpfSettings:
    """ConfigError for what is unknown or out of range."""
    usual = OpfSettings()
    mode = table.take("mode", str, usual.mode)
    if mode not in MODES:
        raise table.error("mode", f"'mode' is '{mode}'", f"write {OFF}, {ADVISORY}, {ORDERS} or {AUTOMATIC}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    expected_w = table.optional("expected_loss_w", float)
    if expected_w is not None and not 0 < expected_w < float("inf"):
        raise table.error("expected_loss_w", f"'expected_loss_w' is {expected_w:g}", "write W above 0, or leave it out")
    by_hand = table.take("by_hand", bool, usual.by_hand)
    operations = table.take("automatic_operations", int, usual.automatic_operations)
    if not 0 <= operations <= _MOST_A_DAY:
        what = f"'automatic_operations' is {operations}"
        raise table.error("automatic_operations", what, f"write a number from 0 to {_MOST_A_DAY}")
    table.done()
    return OpfSettings(
        mode=mode, expected_loss_w=expected_w, by_hand=by_hand, automatic_operations=operations, **numbers
    )


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
