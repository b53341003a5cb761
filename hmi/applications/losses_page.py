"""Losses (GR5): of the grid beside what was to be expected, of each asset, and of feeders by their meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from PyQt6.QtWidgets import QTabWidget

from hmi.applications.figures import kilowatts, percent
from hmi.applications.page import Brief, Page
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.widgets.columns import Column
from hmi.widgets.labels import ToneLabel

ASSETS = (
    Column("Line or transformer", 24),
    Column("Lost", 10),
    Column("by load", 10),
    Column("no load", 10),
    Column("Share", 8),
    Column("Expected", 10),
    Column("", 0),
)
EXPECTED = 5
"""The column that is hidden where the unit expects nothing of single assets."""
METERS = (Column("Feeder", 16), Column("Fed in", 12), Column("Lost by meters", 15), Column("Why not", 0))
ABOVE = "above expectation"


class LossesPage(Page):
    """The mark of an asset is the unit's."""

    name, title = "Losses", "Losses of lines and transformers, against what was to be expected"
    turn, variables = "losses", ("Losses",)
    switched_on = 'Write [losses] mode = "advisory" in unit.toml; it learns for two weeks before it judges.'
    known: ClassVar[Mapping[str, frozenset[str]]] = {
        "Losses": frozenset(
            ("state", "reasons", "asks", "learning", "loss_w", "no_load_w", "load_w", "expected_w", "bound_w")
            + ("assets", "by_meters", "assumed")
        )
    }

    def build(self) -> None:
        self.sums, self.parts = ToneLabel(wrap=True), QTabWidget(self)
        self.assets, self.view = self.table(ASSETS)
        self.meters, meters = self.table(METERS)
        self.parts.addTab(self.view, "By asset")
        self.parts.addTab(meters, "By meters of feeders")
        self.rows.addWidget(self.sums)
        self.rows.addWidget(self.parts, 1)

    def found(self) -> Brief:
        told = self.told()
        state, loss_w, expected_w = told.text("state"), told.number("loss_w"), told.number("expected_w")
        words = f"{state}: {kilowatts(loss_w)}" if loss_w is not None else state
        words += f" ({kilowatts(expected_w)} expected)" if expected_w is not None else ""
        above = sum(_is_above(each) for each in told.parts("assets"))
        words += f"; {above} asset{'s' * (above > 1)} above expectation" if above else ""
        return Brief(words, "alarm" if state == ABOVE else "title" if above or state == "not judged" else "")

    def why(self) -> Sequence[str]:
        told = self.told()
        asks = f"OPF is asked: {told.text('asks')}" if told.text("asks") else ""
        assumed = [f"assumed: {each}" for each in told.texts("assumed")]
        return [each for each in (*told.texts("reasons"), asks, told.text("learning"), *assumed) if each]

    def render_told(self) -> None:
        told = self.told()
        lost = f"lost now {kilowatts(told.number('loss_w'))}, {kilowatts(told.number('no_load_w'))} of it without load"
        bound = f"told above {kilowatts(told.number('bound_w'))}" if told.number("bound_w") is not None else ""
        fed = f"load {kilowatts(told.number('load_w'))}"
        self.sums.setText(";  ".join(filter(None, (lost, fed, bound))))
        total_w = told.number("loss_w") or 0.0
        self.assets.replace([_asset(each, total_w) for each in told.parts("assets")])
        expected = any(each.number("expected_w") is not None for each in told.parts("assets"))
        self.view.setColumnHidden(EXPECTED, not expected)
        self.meters.replace([_meter(feeder, each) for feeder, each in told.named("by_meters").items()])


def _is_above(asset: Told) -> bool:
    return asset.flag("above") is True


def _asset(told: Told, total_w: float) -> Line:
    by_load_w, no_load_w = told.number("load_w") or 0.0, told.number("no_load_w") or 0.0
    loss_w = by_load_w + no_load_w
    expected_w, above = told.number("expected_w"), _is_above(told)
    share = loss_w / total_w if total_w else None
    cells = (
        Cell(told.text("asset")),
        *(Cell(kilowatts(each, decimals=2), each) for each in (loss_w, by_load_w, no_load_w)),
        Cell(percent(share), share),
        Cell(kilowatts(expected_w, decimals=2), expected_w),
        Cell("▲ ABOVE EXPECTATION", 1.0, "alarm_low") if above else Cell("", 0.0),
    )
    return Line(told.text("asset"), cells)


def _meter(feeder: str, told: Told) -> Line:
    loss_w, fed_w = told.number("loss_w"), told.number("fed_w")
    return Line(
        feeder,
        (Cell(feeder), Cell(kilowatts(fed_w), fed_w), Cell(kilowatts(loss_w), loss_w), Cell(told.text("why"))),
    )
