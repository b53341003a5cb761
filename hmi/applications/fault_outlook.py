"""How probable a fault is on each feeder and section in the next hours, against what is usual there, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.applications.figures import UNKNOWN, percent
from hmi.applications.sorted_table import Cell, Line, SortedModel, sorted_table
from hmi.applications.told import Told
from hmi.theme import Theme
from hmi.widgets.columns import Column
from hmi.widgets.labels import ToneLabel

COLUMNS = (
    Column("Feeder or section", 20),
    Column("", 8),
    Column("Probability", 11),
    Column("Between", 17),
    Column("Against usual", 13),
    Column("Why", 0),
)
FEEDER, SECTION = "all of it", "section"


class FaultOutlook(QWidget):
    """picks(element): a line was activated. Warned of is what the unit says so of; nothing else has a colour."""

    def __init__(self, theme: Theme, picks: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = SortedModel(COLUMNS, theme, self)
        self.view = sorted_table(self.model, COLUMNS, self)
        self.basis = ToneLabel(tone="muted", wrap=True)
        self.view.activated.connect(lambda index: picks(self.model.lines[index.row()].key))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.basis)
        layout.addWidget(self.view, 1)

    def show_told(self, faults: Told) -> None:
        warned = frozenset(faults.texts("warned"))
        feeders = [_line(each, FEEDER, warned) for each in faults.parts("feeders")]
        self.model.replace([*feeders, *(_line(each, SECTION, warned) for each in faults.parts("sections"))])
        self.basis.setText("\n".join(_basis(faults)))


def _basis(faults: Told) -> Sequence[str]:
    hours = faults.whole("hours")
    rates = faults.text("worth") or faults.text("basis")
    lines = (
        f"Within {hours} hours. Rests on {rates}" if rates else "",
        f"Weather: {faults.text('weather')}" if faults.text("weather") else "",
    )
    return [each for each in lines if each]


def _line(told: Told, kind: str, warned: frozenset[str]) -> Line:
    name, probability, times = told.text("at"), told.number("probability"), told.number("times_usual")
    low, high = told.number("low"), told.number("high")
    is_warned = kind == FEEDER and name in warned
    between = UNKNOWN if low is None or high is None else f"{small(low)} - {small(high)}"
    cells = (
        Cell(name),
        Cell(kind),
        Cell(f"{small(probability)}{' ▲' * is_warned}", probability, "alarm_medium" if is_warned else ""),
        Cell(between, high),
        Cell(UNKNOWN if times is None else "as usual" if abs(times - 1) < 0.05 else f"{times:.1f} times", times),
        Cell(told.text("explanation").partition("; ")[2], tip=told.text("explanation")),
    )
    return Line(name, cells, is_warned)


def small(probability: float | None) -> str:
    """Faults within hours are rare: two digits that count, below a tenth of a percent too."""
    if probability is None or probability >= 0.001:
        return percent(probability)
    return f"{probability * 100:.2g} %" if probability >= 0.0001 else "<0.01 %"
