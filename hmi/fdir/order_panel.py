"""One switching order: its steps as they go, why it is so, and what a person says to it, always in two steps.

Approving asks to repeat the order's id; a revision that arrives meanwhile withdraws the question, since it was asked
about another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PyQt6.QtCore import QModelIndex, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from hmi.fdir.explanation import amounts, order_html, zone_text
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.form import FormDialog, Said, Text
from hmi.widgets.labels import ToneLabel
from hmi.words import time_text
from models.switching import CrewTask, GroupChange, Order, OrderState, Step, StepState, SwitchAction
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (
    Column("", 3),
    Column("Operation", 25),
    Column("State", 17),
    Column("Purpose", 0),
)
_ACTIONS = {
    SwitchAction.OPEN: "open",
    SwitchAction.CLOSE: "close",
    SwitchAction.DISABLE_RECLOSING: "block reclosing",
    SwitchAction.ENABLE_RECLOSING: "release reclosing",
}
_FINISHED = (OrderState.COMPLETED, OrderState.ABORTED, OrderState.REJECTED)
ALLOWED: dict[str, tuple[OrderState, ...]] = {
    "Approve": (OrderState.PROPOSED,),
    "Reject": (OrderState.PROPOSED,),
    "Abort": (OrderState.APPROVED, OrderState.EXECUTING, OrderState.PAUSED),
    "Pause": (OrderState.EXECUTING,),
    "Resume": (OrderState.PAUSED,),
    "Crew done": (OrderState.EXECUTING,),
    "Repaired": (OrderState.COMPLETED, OrderState.ABORTED, OrderState.BLOCKED),
}
"""In which states each verb makes sense; the unit judges again."""
ROWS = (("Pause", "Resume", "Crew done", "Abort"), ("Reject", "Repaired", "Approve"))
"""Two short rows, so that the panel stays narrow."""
RIGHTS = {"Approve": "approve", "Reject": "approve", "Abort": "operate", "Repaired": "operate"}
RIGHTS |= dict.fromkeys(("Pause", "Resume", "Crew done"), "operate")
"""Every operator can stop an order (SAFETY S18); to approve one is a right of its own."""


def step_words(step: Step) -> str:
    """What is done, and to what."""
    if isinstance(step.value, CrewTask):
        return f"crew: {step.value.act.value} {step.element}"
    if isinstance(step.value, GroupChange):
        return f"setting group {step.value.group} at {step.element}"
    return f"{_ACTIONS[SwitchAction.of(step.value)]} {step.element}"


def _crew_step(order: Order) -> Step | None:
    """The step for which the crew has been instructed."""
    executing = (step for step in order.steps if step.state is StepState.EXECUTING)
    return next((step for step in executing if isinstance(step.value, CrewTask)), None)


class OrderPanel(QWidget):
    """picked(element): the switch of a step was double-clicked."""

    picked = pyqtSignal(str)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self._asked: tuple[str, int] | None = None
        self.choice = QComboBox(self)
        self.title = ToneLabel("No switching order.", "muted", wrap=True)
        self.facts = ToneLabel(tone="muted", wrap=True)
        self.steps = RowModel(COLUMNS, self)
        self.view = table(self.steps, COLUMNS, self)
        self.text = QTextBrowser(self)
        self.confirmation = Confirmation(self)
        self.crew = FormDialog(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self.buttons = {verb: CommandButton(f"{verb} ...", self) for verb in ALLOWED}
        self._lay_out()
        self.choice.currentIndexChanged.connect(lambda _: self._chosen())
        self.view.doubleClicked.connect(self._double_clicked)
        for verb, ask in self._questions().items():
            self.buttons[verb].clicked.connect(ask)
        site.orders_changed.connect(self._orders_changed)
        site.link.state_changed.connect(lambda *_: self.refresh())
        self.refresh()

    @property
    def order(self) -> Order | None:
        """The order that is shown."""
        return self._site.orders.get(self.choice.currentData() or "")

    def show_order(self, identifier: str) -> None:
        self.choice.setCurrentIndex(max(self.choice.findData(identifier), 0))

    # -- the list of orders

    def _orders_changed(self) -> None:
        ordered = sorted(self._site.orders.values(), key=lambda order: (order.state in _FINISHED, -order.created_ns))
        known = {self.choice.itemData(index) for index in range(self.choice.count())}
        fresh = [order for order in ordered if order.id not in known]
        kept = fresh[0].id if fresh else self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        for order in ordered:
            self.choice.addItem(f"{order.id}   {order.kind.value}   {order.state.value}", order.id)
        self.choice.setCurrentIndex(max(self.choice.findData(kept), 0))
        self.choice.blockSignals(False)
        self.refresh()

    def _chosen(self) -> None:
        self._close_questions()
        self.outcome.hide()
        self.refresh()

    # -- what is shown

    def refresh(self) -> None:
        order = self.order
        self.choice.setVisible(self.choice.count() > 1)
        self._withdraw(order)
        for verb, button in self.buttons.items():
            button.setEnabled(order is not None and self._may(verb, order))
        for part in (self.facts, self.view, self.text, *self.buttons.values()):
            part.setVisible(order is not None)
        if order is None:
            return
        self.title.say(f"{order.title}   [{order.state.value}]", "title")
        approved = f"  approved by {order.approved_by}" if order.approved_by else ""
        head = f"{order.id} revision {order.revision}, zone {zone_text(order.zone) or '-'}{approved}"
        self.facts.setText(f"{head}\n{amounts(order)}".strip())
        self.steps.replace([self._row(step) for step in order.steps])
        self.text.setHtml(order_html(order, self._theme))

    def _may(self, verb: str, order: Order) -> bool:
        if verb == "Repaired" and not order.kind.isolates:
            return False
        if verb == "Crew done" and _crew_step(order) is None:
            return False
        return order.state in ALLOWED[verb] and self._site.may(RIGHTS[verb])

    def _withdraw(self, order: Order | None) -> None:
        """A question about a revision that is no longer the present one, or that nobody may answer any more."""
        if not self._site.link.live:
            self._close_questions()
        if order is None or not self._may("Crew done", order):
            self.crew.reject()
        asking = self.confirmation.asking or self.crew.isVisible()
        if asking and (order is None or (order.id, order.revision) != self._asked):
            self._close_questions()
            self._say("The order has changed; read it again.")

    def _close_questions(self) -> None:
        self.confirmation.close_question()
        self.crew.reject()

    def _row(self, step: Step) -> Row:
        marks = {StepState.CONFIRMED: "✓", StepState.EXECUTING: "▶", StepState.FAILED: "✗"}
        state = f"{step.state.value} {time_text(step.confirmed_ns)[:8]}" if step.confirmed_ns else step.state.value
        why = step.reason or step.purpose.value
        failed = step.state is StepState.FAILED
        return Row(
            step.element,
            (marks.get(step.state, str(step.number)), step_words(step), state, why),
            self._theme.alarm_text if failed else "",
            bold=step.state is StepState.EXECUTING or failed,
            tip=f"{step.text}\n{step.reason}".strip(),
        )

    # -- what a person says

    def _questions(self) -> dict[str, Callable[[], None]]:
        return {
            "Approve": self._ask_approval,
            "Reject": lambda: self._ask("Reject {id}? Nothing will be switched.", "Reject", "Order.Reject"),
            "Abort": lambda: self._ask(
                "Abort {id}? It stops in a safe state before the next command.", "Abort", "Order.Abort"
            ),
            "Pause": lambda: self._ask("Pause {id} before its next step? It keeps its leases.", "Pause", "Order.Pause"),
            "Resume": lambda: self._ask("Go on with {id}?", "Resume", "Order.Resume"),
            "Crew done": self._ask_crew,
            "Repaired": lambda: self._ask(
                "Report the fault of {id} repaired? The unit then proposes the return to normal.",
                "Report repaired",
                "Order.Repaired",
            ),
        }

    def _ask_approval(self) -> None:
        self._ask("Approve {id} revision {revision}: {count} steps. Repeat its id.", "Approve", "Order.Approve", True)

    def _ask_crew(self) -> None:
        """The crew's word, with the name of who has done it; the time is now."""
        order = self.order
        step = None if order is None else _crew_step(order)
        if order is None or step is None:
            return
        self._asked = (order.id, order.revision)
        self.outcome.hide()
        self.crew.ask(
            f"Step {step.number} of {order.id}: {step_words(step)}",
            "Crew done",
            {"name": Text("Done by", required=True)},
            partial(self._crew_said, order.id, step),
        )

    def _crew_said(self, identifier: str, step: Step, said: Said) -> None:
        at_ns = max(self._site.now_ns, step.started_ns or 0)
        self._write("Order.CrewDone", identifier, {"step": step.number, "name": said["name"], "at_ns": at_ns})

    def _ask(self, question: str, verb: str, variable: str, repeat: bool = False) -> None:
        order = self.order
        if order is None:
            return
        self._asked = (order.id, order.revision)
        self.outcome.hide()
        text = question.format(id=order.id, revision=order.revision, count=len(order.steps))
        identifier, revision = order.id, order.revision
        self.confirmation.ask(
            text, verb, lambda: self._write(variable, identifier, revision), identifier if repeat else ""
        )

    def _write(self, variable: str, identifier: str, revision: WireValue) -> None:
        location = f"{self._site.unit}/orders/{identifier}"
        self._site.link.write(variable, location, revision, self._answered, timeout_s=60.0)

    def _answered(self, answer: Answered) -> None:
        if answer.code is not Code.OK:
            self._say(f"{answer.code.value}: {answer.text}")

    def _say(self, text: str) -> None:
        self.outcome.setText(text)
        self.outcome.show()

    def _double_clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self.steps.key(index.row()))

    def _lay_out(self) -> None:
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.choice, self.title, self.facts):
            layout.addWidget(widget)
        layout.addWidget(self.view, 3)
        layout.addWidget(self.text, 2)
        for verbs in ROWS:
            layout.addLayout(self._row_of(verbs))
        layout.addWidget(self.confirmation)
        layout.addWidget(self.outcome)
        self.outcome.hide()

    def _row_of(self, verbs: Sequence[str]) -> QHBoxLayout:
        """The last one stands apart, on the other side."""
        row = QHBoxLayout()
        for verb in verbs[:-1]:
            row.addWidget(self.buttons[verb])
        row.addStretch(1)
        row.addWidget(self.buttons[verbs[-1]])
        return row
