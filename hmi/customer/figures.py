"""The home in figures: what flows now, what the meter has counted, what is asked for, and when energy is cheap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PyQt6.QtWidgets import QGridLayout, QWidget

from hmi.customer.home import Home
from hmi.widgets.labels import ToneLabel, box
from models.wire.cbor import WireValue
from models.wire.instance import Instance

QUARTER_S = 900
NEVER = "not told yet"


def _power(value: WireValue) -> str:
    if not isinstance(value, (int, float)):
        return NEVER
    return f"{abs(value) / 1e3:.2f} kW {'into the grid' if value < 0 else 'from the grid'}"


def _energy(value: WireValue) -> str:
    return f"{value / 1e3:,.1f} kWh" if isinstance(value, (int, float)) else NEVER


def _limit(value: WireValue) -> str:
    return f"at most {value / 1e3:.2f} kW" if isinstance(value, (int, float)) else "no limit"


def _tariff(value: WireValue) -> str:
    return str(value.get("name", NEVER)) if isinstance(value, dict) else NEVER


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    variable: str
    words: Callable[[WireValue], str]
    missing: str = NEVER


FIGURES = (
    Figure("Power now", "MMXU1.TotW", _power),
    Figure("Drawn from the grid", "MMTR1.DmdWh", _energy),
    Figure("Fed into the grid", "MMTR1.SupWh", _energy),
    Figure("In storage", "StorageEnergy", _energy),
    Figure("Asked of your consumption", "DemandSetPoint", _limit, "no limit"),
    Figure("Asked of your generation", "InjectionSetPoint", _limit, "no limit"),
    Figure("Tariff", "Tariff", _tariff),
)


class Figures(QWidget):
    """A value whose link is lost, or that is not valid, says so."""

    def __init__(self, home: Home, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self.cells = {figure.variable: ToneLabel(figure.missing, "title") for figure in FIGURES}
        self.advice = ToneLabel("", "muted", wrap=True)
        self._lay_out()
        home.values_changed.connect(lambda _: self.refresh())
        home.link.state_changed.connect(lambda *_: self.refresh())

    def refresh(self) -> None:
        for figure in FIGURES:
            instance = self._home.values.get(figure.variable)
            if instance is not None:
                self.cells[figure.variable].say(*self._told(figure, instance))
        price = self._home.values.get("Price")
        now_ns = self._home.link.now().utc_ns
        self.advice.say(advice(price.value, now_ns) if price else "", "muted")

    def _told(self, figure: Figure, instance: Instance) -> tuple[str, str]:
        words = figure.words(instance.value)
        if not self._home.link.live:
            return f"{words} (no link: old)", "alarm"
        return (f"{words} (not valid)", "alarm") if instance.quality & 3 else (words, "title")

    def _lay_out(self) -> None:
        frame = box(self)
        grid = QGridLayout(frame)
        grid.setHorizontalSpacing(18)
        for row, figure in enumerate(FIGURES):
            grid.addWidget(ToneLabel(figure.title, "muted"), row, 0)
            grid.addWidget(self.cells[figure.variable], row, 1)
        grid.addWidget(self.advice, len(FIGURES), 0, 1, 2)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)


def advice(price: WireValue, now_ns: int) -> str:
    """When of the rest of the day (UTC) the two cheapest hours begin; price: 96 quarter-hours."""
    if not isinstance(price, list) or len(price) != 86_400 // QUARTER_S:
        return ""
    prices = [float(each) for each in price if isinstance(each, (int, float))]
    quarter = now_ns // 10**9 % 86_400 // QUARTER_S
    starts = range(quarter, len(prices) - 7)
    if len(prices) != len(price) or not starts or max(prices[quarter:]) == min(prices[quarter:]):
        return ""
    start = min(starts, key=lambda first: _mean(prices[first : first + 8]))
    begins, ends = (datetime.fromtimestamp(each * QUARTER_S, UTC) for each in (start, start + 8))
    saved = 1 - _mean(prices[start : start + 8]) / _mean(prices[quarter:])
    return f"Cheapest two hours today: {begins:%H:%M} to {ends:%H:%M} UTC, {saved:.0%} below the rest of the day."


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
