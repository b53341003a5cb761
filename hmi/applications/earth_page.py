"""Earth faults (GR10): one case per galvanic network, its section with probability, the clock, coil, and the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from PyQt6.QtWidgets import QSplitter

from hmi.applications.figures import UNKNOWN, amperes, percent
from hmi.applications.page import Brief, Page, beside, titled
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.fdir.explanation import zone_text
from hmi.widgets.columns import Column
from hmi.words import duration_text, moment_text

CASES = (
    Column("Network", 16),
    Column("State", 17),
    Column("Since (UTC)", 17),
    Column("Section", 15),
    Column("Probability", 11),
    Column("Permitted for", 0),
)
_OVER = ("gone", "closed")


class EarthPage(Page):
    name, title = "Earth faults", "Earth faults: section, permitted duration, compensation"
    turn, variables = "earth_faults", ("EarthFaults",)
    switched_on = "network.json needs the neutral treatment of each network, and the SCD its directional protection."
    known: ClassVar[Mapping[str, frozenset[str]]] = {"EarthFaults": frozenset(("cases", "coils"))}

    def build(self) -> None:
        self.cases, self.view = self.table(CASES, picks=False)
        self.text, self.order = self.explanation(), self.order_button()
        both = QSplitter(self)
        both.setOrientation(both.orientation().Vertical)
        both.addWidget(self.view)
        both.addWidget(self.text)
        both.setSizes([110, 300])
        self.rows.addWidget(both, 1)
        self.rows.addLayout(beside(self.order))
        self.view.activated.connect(lambda _: self._go())
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda *_: self._explain())

    @property
    def chosen(self) -> Told:
        """The case of the selected row, else the first."""
        row, lines = max(self.view.currentIndex().row(), 0), self.cases.lines
        key = lines[row].key if row < len(lines) else ""
        return next((each for each in self.told().parts("cases") if each.text("id") == key), Told())

    def found(self) -> Brief:
        cases = self.told().parts("cases")
        standing = [each for each in cases if each.text("state") not in _OVER]
        if not standing:
            calm = "no earth fault" if not cases else "gone by itself"
            mistuned = [each.text("network") for each in self._mistuned()]
            return Brief(f"{calm}; COIL MISTUNED in {', '.join(mistuned)}", "alarm") if mistuned else Brief(calm)
        first = standing[0]
        more = f" and {len(standing) - 1} more" if len(standing) > 1 else ""
        return Brief(f"EARTH FAULT in {first.text('network')}: {first.text('state')}{more}", "alarm")

    def why(self) -> Sequence[str]:
        return [f"{each.text('network')}: {each.text('problem')}; {each.text('remedy')}" for each in self._mistuned()]

    def _mistuned(self) -> list[Told]:
        return [each for each in self.told().parts("coils") if each.text("problem")]

    def render_told(self) -> None:
        now_ns = self.site.now_ns
        cases = sorted(self.told().parts("cases"), key=lambda each: each.text("state") in _OVER)
        self.cases.replace([_line(each, now_ns) for each in cases])
        self.view.setVisible(bool(cases))
        self._explain()

    def _explain(self) -> None:
        case = self.chosen
        html = _explained(case) + titled("Coils", [_coil(each) for each in self.told().parts("coils")])
        self.text.setVisible(bool(html))
        self.text.say(html)
        self.offer_order(self.order, case.text("order"))

    def _go(self) -> None:
        if section := self.chosen.texts("section"):
            self.picked.emit(section[0])


def _line(told: Told, now_ns: int) -> Line:
    over = told.text("state") in _OVER
    began_ns, until_ns = told.whole("began_ns") or 0, told.whole("permitted_until_ns")
    clock, tone = told.text("clock") or "nobody has stated how long", ""
    if until_ns is not None and not over:
        left_ns = until_ns - now_ns
        clock = f"{duration_text(left_ns)} left" if left_ns > 0 else f"EXCEEDED for {duration_text(-left_ns)}"
        tone = "" if left_ns > 0 else "alarm_high"
    section = zone_text(told.texts("section"))
    cells = (
        Cell(told.text("network")),
        Cell(told.text("state"), tone="muted" if over else "alarm_text"),
        Cell(moment_text(began_ns), began_ns),
        Cell(section or "not known"),
        Cell(percent(told.number("probability")) if section else UNKNOWN, told.number("probability")),
        Cell(clock, until_ns, tone, told.text("clock")),
    )
    return Line(told.text("id"), cells, not over)


def _coil(told: Told) -> str:
    detuning = told.number("detuning_pu")
    apart = "" if detuning is None else f", {'over' if detuning >= 0 else 'under'}-compensated by {abs(detuning):.1%}"
    capacitive, coil, residual = (amperes(told.number(key)) for key in ("capacitive_a", "coil_a", "residual_a"))
    state = f"{told.text('network')}: {told.text('state')}"
    return f"{state}; coil {coil} for {capacitive} of the lines{apart}; {residual} would stay at a fault"


def _explained(case: Told) -> str:
    concluded = [each for each in (case.text("concluded"), case.text("reason"), case.text("clock")) if each]
    strikes = case.whole("strikes") or 1
    concluded += [f"it has come {strikes} times"] if strikes > 1 else []
    candidates = [f"{each.text('section')}: {each.text('said')}" for each in case.parts("candidates")]
    return "".join(
        (
            titled("Concluded", concluded),
            titled("Not believed", case.texts("suspects")),
            titled("Seen", case.texts("seen")),
            titled("Candidates", candidates),
            titled("Compensation", case.texts("compensation")),
        )
    )
