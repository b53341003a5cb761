"""Prevention (GR9): how probable an overload of each line and transformer is, by time of the next hours, and how good
such forecasts have been."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from PyQt6.QtWidgets import QSplitter

from hmi.applications.figures import key_words, percent, value_words
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
_ASSET = frozenset(("asset", "probability", "probabilities", "explanation"))


class PreventionPage(Page):
    name, title = "Prevention", "Prevention: probability of overload in the next hours (times UTC)"
    turn, variables = "prevention", ("Prevention",)
    switched_on = 'Write [prevention] mode = "advisory" in unit.toml; it learns for two weeks before it forecasts.'
    known = {  # noqa: RUF012 - never changed
        "Prevention": frozenset(("state", "reasons", "assets", "asks", "time_ns", "slot_s", "calibration"))
    }

    def build(self) -> None:
        self.assets, self.view = self.table(COLUMNS)
        self.legend = ToneLabel(_legend(), "muted", wrap=True)
        self.text = self.explanation()
        both = QSplitter(self)
        both.setOrientation(both.orientation().Vertical)
        both.addWidget(self.view)
        both.addWidget(self.text)
        both.setSizes([300, 140])
        self.rows.addWidget(self.legend)
        self.rows.addWidget(both, 1)
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda *_: self._explain())

    def found(self) -> Brief:
        told = self.told()
        state, assets = told.text("state"), told.parts("assets")
        if state != PROBABLE:
            return Brief(state, "title" if state == "no outlook" else "")
        worst = max(assets, key=lambda each: each.number("probability") or 0.0, default=Told())
        return Brief(f"{state}: {worst.text('asset')} {percent(worst.number('probability'))}", "alarm")

    def why(self) -> Sequence[str]:
        asks = self.told().text("asks")
        return (*self.told().texts("reasons"), *((f"OPF is asked: {asks}",) if asks else ()))

    def render_told(self) -> None:
        told = self.told()
        assets = told.parts("assets")
        slots = max((len(each.numbers("probabilities")) for each in assets), default=0)
        width = max(1, math.ceil(slots / MOST_TIMES))
        times = self._times(slots, width)
        self.assets.head(["Line or transformer", "Greatest", *times, *("",) * (MOST_TIMES - len(times))])
        for place in range(MOST_TIMES):
            self.view.setColumnHidden(2 + place, place >= len(times))
        self.assets.replace([_asset(each, width) for each in assets])
        self.view.setVisible(bool(assets))
        self.legend.setVisible(bool(assets))
        self._explain()

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
        quality = told.part("calibration").rest(())
        spelt = [f"{key_words(key)}: {value_words(key, value)}" for key, value in quality.items()]
        listed = [value_words("calibration", each.rest(())) for each in told.parts("calibration")]
        explained = [asset.text("explanation")] if asset.text("explanation") else []
        parts = (titled(chosen, [*explained, *more]), titled("How good its forecasts were", [*spelt, *listed]))
        self.text.say("".join(parts))
        self.text.setVisible(any(parts))


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
