"""The menu of an element on a diagram: tags and placements (SAFETY S17); the unit judges each."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QPoint, pyqtSignal
from PyQt6.QtWidgets import QInputDialog, QMenu, QWidget

from hmi.grid_state import TAG_LETTERS
from hmi.people import LETTERS
from hmi.site import Site
from models.network.elements import SwitchKind
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

PLACED_BY_THE_UNIT = "fault isolation, do not close"
PERMIT, GENERATOR = "work permit", "mobile generator"
SECOND_S = 300.0


class PlacingMenu(QWidget):
    """told(text): what the unit has refused."""

    told = pyqtSignal(str)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hide()
        self._site = site

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
        for kind in self._placeable(element):
            menu.addAction(f"Place: {kind}", partial(self.place, element, kind))
        return menu

    def _placeable(self, element: str) -> list[str]:
        """A switch is bypassed, or its position told; a line is earthed or cut; a node earthed or fed."""
        model = self._site.model
        if model is None:
            return []
        if element in model.switches:
            positions = [kind for kind in LETTERS if kind.startswith("position")]
            bypass = model.switches[element].kind is not SwitchKind.EARTHING_SWITCH
            return [*positions, *(["jumper"] if bypass else [])]
        lines = {line.id for line in model.network.lines}
        nodes = {node.id for node in model.network.nodes}
        if element in lines:
            return ["earth", "cut"]
        return ["earth", GENERATOR] if element in nodes else []

    def place_tag(self, element: str, kind: str) -> None:
        wanted: dict[str, WireValue] = {"kind": kind}
        if kind == PERMIT:
            number = self._text("Number of the work permit")
            holder = self._text("Holder of the work permit")
            wanted |= {"reference": number, "permit_holder": holder}
        self._write("Tag.Place", element, wanted)

    def place(self, element: str, kind: str) -> None:
        wanted: dict[str, WireValue] = {"kind": kind, "reference": self._text(f"{kind} on {element}: reference")}
        if kind == GENERATOR:
            power_kw, _ = QInputDialog.getDouble(self, "Mobile generator", "Rated power, kW", 100.0, 1.0, 50_000.0)
            wanted["rated_power_w"] = power_kw * 1e3
        self._write("Placement.Place", element, wanted)

    def _text(self, question: str) -> str:
        text, _ = QInputDialog.getText(self, "Place", question)
        return str(text).strip()

    def _write(self, variable: str, element: str, value: WireValue) -> None:
        self._site.link.write(variable, element, value, self._answered, SECOND_S)

    def _answered(self, answer: Answered) -> None:
        if answer.code is not Code.OK:
            self.told.emit(f"{answer.code.value}: {answer.text}")
