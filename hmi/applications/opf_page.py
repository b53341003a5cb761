"""OPF and VOS (GR2, GR3): what is lost now and in the state that is proposed, the operations, what was rejected, and
where the validated order stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from hmi.applications.figures import kilowatts, per_unit, percent
from hmi.applications.page import Brief, Page, beside, titled
from hmi.applications.sorted_table import Cell, Line, fit_rows
from hmi.applications.told import Told
from hmi.widgets.columns import Column
from hmi.widgets.labels import ToneLabel
from hmi.words import duration_text, moment_text

FIGURES = (
    Column("", 18),
    Column("Now", 14),
    Column("When it was made", 18),
    Column("With the proposal", 18),
    Column("Change", 0),
)
OPERATIONS = (Column("", 3), Column("Operation", 10), Column("Switch", 26), Column("Line", 0))
REJECTED, WRONG = "rejected:", "to be corrected:"
MOST_SEEN = 6
"""Operations that have room at once."""
_TONES = {"proposes": "title", "blocked": "title"}


class OpfPage(Page):
    """A state is proposed; its switching order is that of the validation, in the order view."""

    name, title = "Reconfiguration", "Optimised power flow (OPF), and validation of what it proposes (VOS)"
    turn, variables = "optimised", ("OPF", "VOS")
    switched_on = (
        'Write [opf] mode = "advisory" (proposals), "orders" (and validated orders, which people approve) or '
        '"automatic" (which carries out what interrupts nobody) in unit.toml.'
    )
    known: ClassVar[Mapping[str, frozenset[str]]] = {
        "OPF": frozenset(
            ("state", "reasons", "advice", "loss_w", "lowest_pu", "highest_loading_pu", "to_be_corrected")
            + ("not_moved", "searched_ns")
        ),
        "VOS": frozenset(("state", "advice", "order", "reason", "since_ns", "predicted_loss_w")),
    }

    def build(self) -> None:
        self.figures, figures = self.table(FIGURES, picks=False)
        self.operations, self.view = self.table(OPERATIONS)
        self.validation, self.order = ToneLabel(wrap=True), self.order_button()
        self.ways, self.text = ToneLabel("", "title"), self.explanation()
        fit_rows(figures, 3)
        for part in (figures, self.ways, self.view):
            self.rows.addWidget(part)
        self.rows.addWidget(self.validation)
        self.rows.addLayout(beside(self.order))
        self.rows.addWidget(self.text, 1)

    def found(self) -> Brief:
        opf, vos = self.told(), self.told("VOS").text("state")
        words = opf.text("state")
        if (advice := opf.part("advice")).text("id"):
            words = f"{words}: {advice.text('reason')}, saves {kilowatts(advice.number('saved_w'))}"
        if opf.texts("to_be_corrected"):
            return Brief(f"{words}; TO BE CORRECTED", "alarm")
        if vos in ("order proposed", "order under way"):
            return Brief(f"{words}; {vos}", "title")
        return Brief(words, _TONES.get(opf.text("state"), ""))

    def why(self) -> Sequence[str]:
        return (*self.told().texts("reasons"), *self.told().texts("to_be_corrected"))

    def render_told(self) -> None:
        opf, vos = self.told(), self.told("VOS")
        advice = opf.part("advice")
        self.figures.replace(_figures(opf, advice))
        operations = advice.parts("operations")
        self.operations.replace([_operation(number, each) for number, each in enumerate(operations, 1)])
        self.view.setVisible(bool(operations))
        fit_rows(self.view, min(len(operations), MOST_SEEN))
        self.ways.setVisible(bool(operations))
        made_ns = advice.whole("made_ns") or 0
        self.ways.setText(f"{advice.text('id')}, made {moment_text(made_ns)} UTC: what would be switched")
        self._validated(vos)
        self.text.say(_explained(opf, advice))

    def _validated(self, vos: Told) -> None:
        state, order, since_ns = vos.text("state"), vos.text("order"), vos.whole("since_ns") or 0
        how = self.how
        if not state:
            advisory = how is not None and how.mode == "advisory"
            words = 'no orders are made from it ([opf] mode = "advisory")' if advisory else "nothing told"
        else:
            lasting = f" for {duration_text(self.site.now_ns - since_ns)}" if since_ns else ""
            words = "; ".join(filter(None, (f"{state}{lasting}", vos.text("reason"))))
            predicted_w = vos.number("predicted_loss_w")
            then = "are predicted to be lost after it, with the loads of when it was proposed"
            words += f"; {kilowatts(predicted_w)} {then}" if predicted_w is not None else ""
        self.validation.say(f"Validation (VOS): {words}", "title" if state == "order proposed" else "")
        self.offer_order(self.order, order)


def _figures(opf: Told, advice: Told) -> list[Line]:
    """What an advice changes is told for the loads that it was made with; now they are others."""
    rows = (
        ("Losses", opf.number("loss_w"), advice.number("loss_w_before"), advice.number("loss_w"), kilowatts),
        ("Lowest voltage", *_of(opf, advice, "lowest_pu"), per_unit),
        ("Highest loading", *_of(opf, advice, "highest_loading_pu"), percent),
    )
    return [
        Line(name, (Cell(name), Cell(words(now)), _known(before, words), _known(after, words), _change(before, after)))
        for name, now, before, after, words in rows
    ]


def _of(opf: Told, advice: Told, key: str) -> tuple[float | None, float | None, float | None]:
    return opf.number(key), advice.number(f"{key}_before"), advice.number(key)


def _known(value: float | None, words: Callable[[float | None], str]) -> Cell:
    return Cell("" if value is None else words(value))


def _change(before: float | None, after: float | None) -> Cell:
    """Of losses also as a share."""
    if before is None or after is None:
        return Cell("")
    if abs(before) < 10:  # per unit
        return Cell(f"{after - before:+.4f}")
    return Cell(f"{kilowatts(after - before, signed=True)} ({(after - before) / before:+.1%})")


def _operation(number: int, told: Told) -> Line:
    word = {True: "close", False: "open"}.get(told.flag("close") is True, "")
    cells = (Cell(str(number), number), Cell(word), Cell(told.text("switch")), Cell(told.text("branch")))
    return Line(told.text("switch"), cells)


def _explained(opf: Told, advice: Told) -> str:
    lines = advice.texts("explanation")
    rejected = [line.removeprefix(REJECTED).strip() for line in lines if line.startswith(REJECTED)]
    return "".join(
        (
            titled("Rejected", rejected),
            titled("Why", [line for line in lines if not line.startswith((REJECTED, WRONG))]),
            titled("Not moved", opf.texts("not_moved")),
        )
    )
