"""The menu of an element on a diagram: tags and placements (SAFETY S17); the unit judges each."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QPoint, pyqtSignal
from PyQt6.QtWidgets import QMenu, QWidget

from hmi.grid_state import TAG_LETTERS
from hmi.placing_form import PERMIT, Wanted, permit_form, wanted_at
from hmi.site import Site
from hmi.widgets.form import FormDialog, Said
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

PLACED_BY_THE_UNIT = "fault isolation, do not close"
SECOND_S = 300.0


class PlacingMenu(QWidget):
    """told(text): what the unit has refused. Nothing is written before `form` has been confirmed."""

    told = pyqtSignal(str)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hide()
        self._site = site
        self.form = FormDialog(parent)
        site.link.state_changed.connect(lambda *_: None if site.may("operate") else self.form.reject())

    def open(self, element: str, at: QPoint) -> None:
        """At a place on the screen."""
        menu = self.menu(element)
        if menu is not None:
            menu.exec(at)

    def menu(self, element: str) -> QMenu | None:
        """What may be placed on it; None where nothing may."""
        if not self._site.may("operate") or not element:
            return None
        menu = QMenu(element, self)
        menu.addSection(element)
        tags = menu.addMenu("Place a tag")
        for kind in TAG_LETTERS:
            if tags is not None and kind != PLACED_BY_THE_UNIT:
                tags.addAction(kind, partial(self.place_tag, element, kind))
        model = self._site.model
        for wanted in [] if model is None else wanted_at(model, self._site.placements, element):
            menu.addAction(f"Place: {wanted.title}", partial(self.place, wanted))
        return menu

    def place_tag(self, element: str, kind: str) -> None:
        if kind != PERMIT:
            self._write("Tag.Place", element, {"kind": kind})
            return
        self.form.ask(
            f"{kind} on {element}",
            "Place",
            permit_form(),
            lambda said: self._write("Tag.Place", element, {"kind": kind, **said}),
        )

    def place(self, wanted: Wanted) -> None:
        self.form.ask(f"{wanted.title} on {wanted.element}", "Place", wanted.form, partial(self._stated, wanted))

    def _stated(self, wanted: Wanted, said: Said) -> None:
        self._write("Placement.Place", wanted.place(said), wanted.value(said))

    def _write(self, variable: str, element: str, value: WireValue) -> None:
        self._site.link.write(variable, element, value, self._answered, SECOND_S)

    def _answered(self, answer: Answered) -> None:
        if answer.code is not Code.OK:
            self.told.emit(f"{answer.code.value}: {answer.text}")
        elif answer.text:
            self.told.emit(answer.text)
