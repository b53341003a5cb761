"""Switching orders of the units below: seen, edited, sent back as a new revision that is judged and approved there."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from hmi.fdir.order_panel import step_words
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.order_document import steps_to_plain
from models.switching import Order, OrderState, Step
from models.wire.cbor import outgoing
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (Column("", 4), Column("Operation", 34), Column("State", 18), Column("Purpose", 0))


class OrdersBelow(QWidget):
    """Edits are a draft of the revision that is shown; a newer one withdraws the draft and says so."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._shown: tuple[str, str, int] | None = None
        self.draft: list[Step] = []
        self.choice = QComboBox(self)
        self.title = ToneLabel("No unit below has sent a switching order.", "muted", wrap=True)
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.buttons = {
            name: CommandButton(name, self) for name in ("Earlier", "Later", "Remove step", "As it was", "Send ...")
        }
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel("", "muted", wrap=True)
        self._lay_out()
        self.choice.currentIndexChanged.connect(lambda _: self._show(None))
        edits = {"Earlier": lambda: self._move(-1), "Later": lambda: self._move(1), "Remove step": self._remove}
        for name, act in {**edits, "As it was": lambda: self._show(None), "Send ...": self._ask}.items():
            self.buttons[name].clicked.connect(act)
        site.below_changed.connect(self._arrived)
        site.link.state_changed.connect(lambda *_: self._refresh())
        self._refresh()

    @property
    def order(self) -> Order | None:
        """The order that is shown, as its unit has told it last."""
        return self._site.below.get(self.choice.currentData())

    # -- what is shown

    def _arrived(self) -> None:
        kept = self.choice.currentData()
        ordered = sorted(self._site.below.items(), key=lambda item: -item[1].created_ns)
        self.choice.blockSignals(True)
        self.choice.clear()
        for (unit, identifier), order in ordered:
            self.choice.addItem(f"{unit}   {identifier}   {order.kind.value}   {order.state.value}", (unit, identifier))
        self.choice.setCurrentIndex(max(self.choice.findData(kept), 0))
        self.choice.blockSignals(False)
        self._show(self._shown)

    def _show(self, before: tuple[str, str, int] | None) -> None:
        order = self.order
        if order is None:
            return
        unit, identifier = self.choice.currentData()
        self._shown = (unit, identifier, order.revision)
        if before == self._shown and self._edited(order):
            self._refresh()
            return
        if before is not None and before[:2] == self._shown[:2] and before != self._shown:
            self.outcome.say("a newer revision has come; the draft is gone", "alarm")
        self.draft = list(order.steps)
        self.confirmation.close_question()
        self._refresh()

    def _edited(self, order: Order) -> bool:
        return self.draft != list(order.steps)

    def _refresh(self) -> None:
        order = self.order
        may = order is not None and order.state is OrderState.PROPOSED and self._site.may("operate")
        for button in self.buttons.values():
            button.setEnabled(may)
        self.buttons["Send ..."].setEnabled(order is not None and may and bool(self.draft) and self._edited(order))
        if not self._site.link.live:
            self.confirmation.close_question()
        if order is None:
            return
        draft = ", draft" if self._edited(order) else ""
        approved = f", approved by {order.approved_by}" if order.approved_by else ""
        head = f"{order.title}   [{order.state.value}]   revision {order.revision}{draft}{approved}"
        self.title.say(f"{head}\n{order.reason}".strip(), "title")
        self.model.replace(_rows(self.draft))

    # -- editing

    def _row(self) -> int:
        return self.view.currentIndex().row()

    def _move(self, by: int) -> None:
        row, to = self._row(), self._row() + by
        if 0 <= row < len(self.draft) and 0 <= to < len(self.draft):
            self.draft[row], self.draft[to] = self.draft[to], self.draft[row]
            self._refresh()
            self.view.selectRow(to)

    def _remove(self) -> None:
        row = self._row()
        if 0 <= row < len(self.draft):
            del self.draft[row]
            self._refresh()

    def _ask(self) -> None:
        order = self.order
        if order is None:
            return
        unit, identifier = self.choice.currentData()
        question = f"Send {identifier} with {len(self.draft)} steps to {unit}? It is judged and approved there again."
        revision, steps = order.revision, tuple(self.draft)
        self.confirmation.ask(question, "Send", lambda: self._send(unit, identifier, revision, steps))

    def _send(self, unit: str, identifier: str, revision: int, steps: Sequence[Step]) -> None:
        value = outgoing({"revision": revision, "steps": steps_to_plain(steps)}, "Order.Edit")
        self._site.link.write("Order.Edit", f"{unit}/orders/{identifier}", value, self._answered)

    def _answered(self, answer: Answered) -> None:
        good = answer.code is Code.OK
        self.outcome.say(answer.text if good else f"{answer.code.value}: {answer.text}", "muted" if good else "alarm")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for name, button in self.buttons.items():
            if name == "Send ...":
                row.addStretch(1)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        for part in (self.choice, self.title):
            layout.addWidget(part)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)
        layout.addWidget(self.confirmation)
        layout.addWidget(self.outcome)


def _rows(steps: Sequence[Step]) -> list[Row]:
    return [
        Row(
            f"{number} {step.element}",
            (str(number), step_words(step), step.state.value, step.reason or step.purpose.value),
            tip=step.text,
        )
        for number, step in enumerate(steps, 1)
    ]
