"""Prevention (GR9): how probable overload and faults are in the next hours, and how good such forecasts have been."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from PyQt6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from hmi.applications.fault_outlook import FaultOutlook
from hmi.applications.figures import key_words, percent, value_words
from hmi.applications.forecast_score import show_scores
from hmi.applications.page import Brief, Page, titled
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.widgets.columns import Column
from hmi.widgets.labels import ToneLabel

MOST_TIMES = 12
"""Columns of times; more quarter hours stand together in one, with the greatest probability of them."""
CLASSES = ((0.5, "alarm_high", "likely"), (0.3, "alarm_medium", "possible"), (0.1, "alarm_low", "to be watched"))
"""From which probability, its colour, and what it is called; below there is no colour."""
LEAST_SHOWN = 0.01
SLOT_S = 900.0
COLUMNS = (Column("Line or transformer", 20), Column("Greatest", 9), *(Column("", 7),) * MOST_TIMES)
PROBABLE = "overload probable"
NONE_PROBABLE = "No line or transformer exceeds its limit with 1 % or more within the hours ahead."
_ASSET = frozenset(("asset", "probability", "probabilities", "explanation"))


class PreventionPage(Page):
    """Overload, faults, and how good the forecasts of both have been, each behind a title of its own."""

    name, title = "Prevention", "Prevention: probability of overload and of faults in the next hours (times UTC)"
    turn, variables = "prevention", ("Prevention",)
    switched_on = 'Write [prevention] mode = "advisory" in unit.toml; it learns for two weeks before it forecasts.'
    known: ClassVar[Mapping[str, frozenset[str]]] = {
        "Prevention": frozenset(("state", "reasons", "assets", "asks", "time_ns", "slot_s", "basis", "score", "faults"))
    }

    def build(self) -> None:
        self.assets, self.view = self.table(COLUMNS)
        self.legend = ToneLabel(_legend(), "muted", wrap=True)
        self.text, self.scores = self.explanation(), self.explanation()
        self.faults, self.parts = FaultOutlook(self.theme, self.picked.emit, self), QTabWidget(self)
        self.parts.addTab(self._overload(), "Overload")
        self.parts.addTab(self.faults, "Faults")
        self.parts.addTab(self.scores, "How good the forecasts were")
        self.rows.addWidget(self.parts, 1)
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda *_: self._explain())

    def _overload(self) -> QWidget:
        both, page = QSplitter(self), QWidget(self)
        both.setOrientation(both.orientation().Vertical)
        both.addWidget(self.view)
        both.addWidget(self.text)
        both.setSizes([300, 140])
        layout = QVBoxLayout(page)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.legend)
        layout.addWidget(both, 1)
        return page

    def found(self) -> Brief:
        told = self.told()
        state, warned = told.text("state"), told.part("faults").texts("warned")
        fault = f"FAULT PROBABLE at {', '.join(warned[:2])}" if warned else ""
        if state == PROBABLE:
            worst = max(told.parts("assets"), key=lambda each: each.number("probability") or 0.0, default=Told())
            state = f"{state}: {worst.text('asset')} {percent(worst.number('probability'))}"
            return Brief("; ".join(filter(None, (state, fault))), "alarm")
        if fault:
            return Brief(f"{fault}; {state}", "alarm")
        return Brief(state, "title" if state == "no outlook" else "")

    def why(self) -> Sequence[str]:
        told = self.told()
        asks = [f"OPF is asked: {told.text('asks')}"] if told.text("asks") else []
        basis = [f"loads are forecast from {told.text('basis')}"] if told.text("basis") else []
        return (*told.texts("reasons"), *asks, *basis)

    def render_told(self) -> None:
        told = self.told()
        assets, faults = told.parts("assets"), told.part("faults")
        slots = max((len(each.numbers("probabilities")) for each in assets), default=0)
        width = max(1, math.ceil(slots / MOST_TIMES))
        times = self._times(slots, width)
        self.assets.head(["Line or transformer", "Greatest", *times, *("",) * (MOST_TIMES - len(times))])
        for place in range(MOST_TIMES):
            self.view.setColumnHidden(2 + place, place >= len(times))
        self.assets.replace([_asset(each, width) for each in assets])
        self.view.setVisible(bool(assets))
        without = "No outlook; why stands above." if told.text("state") == "no outlook" else NONE_PROBABLE
        self.legend.setText(_legend() if assets else without)
        self._explain()
        self.faults.show_told(faults)
        self.parts.setTabVisible(self.parts.indexOf(self.faults), bool(faults))
        show_scores(self.scores, {"Overload": told.part("score"), "Faults": faults.part("score")})

    def _times(self, slots: int, width: int) -> list[str]:
        """The end of each column's time."""
        told, how, instance = self.told(), self.how, self.instance()
        evaluated_ns = how.evaluated_ns if how is not None else 0
        from_ns = told.whole("time_ns") or evaluated_ns or (instance.time_ns if instance is not None else 0)
        step_s = told.number("slot_s") or SLOT_S
        ends = [min(first + width, slots) for first in range(0, slots, width)]
        return [f"{datetime.fromtimestamp(from_ns / 1e9 + end * step_s, UTC):%H:%M}" for end in ends]

    def _explain(self) -> None:
        told, lines = self.told(), self.assets.lines
        row = max(self.view.currentIndex().row(), 0)
        chosen = lines[row].key if row < len(lines) else ""
        asset = next((each for each in told.parts("assets") if each.text("asset") == chosen), Told())
        more = [f"{key_words(key)}: {value_words(key, value)}" for key, value in asset.rest(_ASSET).items()]
        explained = [asset.text("explanation")] if asset.text("explanation") else []
        html = titled(chosen, [*explained, *more])
        self.text.say(html)
        self.text.setVisible(bool(html))


def _asset(told: Told, width: int) -> Line:
    probabilities, greatest = told.numbers("probabilities"), told.number("probability")
    columns = [max(probabilities[first : first + width]) for first in range(0, len(probabilities), width)]
    cells = [Cell(told.text("asset")), Cell(percent(greatest), greatest), *(_cell(each) for each in columns)]
    cells += [Cell("")] * (len(COLUMNS) - len(cells))
    return Line(told.text("asset"), tuple(cells))


def _cell(probability: float | None) -> Cell:
    tone = next((tone for least, tone, _ in CLASSES if probability is not None and probability >= least), "")
    negligible = probability is not None and probability < LEAST_SHOWN
    return Cell("" if negligible else percent(probability), probability, tone or "muted", percent(probability))


def _legend() -> str:
    named = ", ".join(f"{words} from {percent(least)}" for least, _, words in CLASSES)
    return f"Probability in the time up to each heading (empty: below 1 %): {named}."
