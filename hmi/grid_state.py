"""What a diagram shows about each element now: energised by what, position, indications, tags, part of a fault."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag

from PyQt6.QtCore import QObject, pyqtSignal

from hmi.people import BY_HAND, LETTERS
from hmi.places import element_of
from hmi.site import Site
from hmi.site_model import SiteModel, bay_of
from models.point import Dbpos, PointName
from models.switching import OrderKind, OrderState

UNKNOWN = "unknown"

TAG_LETTERS = {
    "fault isolation, do not close": "F",
    "do not operate": "D",
    "live-line work": "L",
    "work permit": "W",
    "temporary earth": "E",
    "caution": "C",
}
"""Shape and letter of a tag on a diagram; a kind that is not listed shows '!'."""


class Passage(IntFlag):
    """Fault passage as an indicator tells it; forward: out of the busbar into the line."""

    NONE = 0
    FORWARD = 1
    REVERSE = 2
    EARTH_FORWARD = 4
    EARTH_REVERSE = 8


_PASSAGES = {
    "SFPI1.FwdFlt": Passage.FORWARD,
    "SFPI1.RvFlt": Passage.REVERSE,
    "SFPI2.FwdFlt": Passage.EARTH_FORWARD,
    "SFPI2.RvFlt": Passage.EARTH_REVERSE,
}


class GridState(QObject):
    """changed: something that diagrams show is different; views repaint once for any number of changes."""

    changed = pyqtSignal()

    def __init__(self, site: Site, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._positions: dict[str, Dbpos] = {}
        self._passages: dict[str, Passage] = {}
        self._tags: dict[str, str] = {}
        self._by_hand: dict[str, Dbpos] = {}
        self._zone: frozenset[str] = frozenset()
        site.mirror.changed.connect(self._values_changed)
        site.energisation_changed.connect(self.changed)
        site.model_changed.connect(self._model_changed)
        site.tags_changed.connect(self._tags_changed)
        site.people_changed.connect(self._tags_changed)
        site.orders_changed.connect(self._zone_changed)

    @property
    def live(self) -> bool:
        return self._site.link.live

    def energisation(self, element: str) -> str:
        return self._site.energisation.get(element, UNKNOWN)

    def position(self, switch: str) -> Dbpos:
        """BAD when unknown or invalid, unless somebody has set it by hand (shown with an M)."""
        position = self._positions.get(switch, Dbpos.BAD)
        return self._by_hand.get(switch, position) if position is Dbpos.BAD else position

    def passage(self, switch: str) -> Passage:
        return self._passages.get(bay_of(switch), Passage.NONE)

    def tags(self, element: str) -> str:
        """One letter for each tag and placement on it."""
        return self._tags.get(element, "")

    @property
    def fault_zone(self) -> frozenset[str]:
        """Elements that an order found faulted and that have not been reported repaired and returned."""
        return self._zone

    def off_normal(self) -> list[str]:
        """Switches away from the released normal diagram (SAFETY S24), in the order of the model."""
        model = self._site.model
        if model is None:
            return []
        return [  # a switch without a normal position is never away from it
            switch.id
            for switch in model.network.switches
            if model.normally_open(switch) is not None
            and self.position(switch.id) is (Dbpos.ON if switch.normally_open else Dbpos.OFF)
        ]

    def _model_changed(self) -> None:
        model = self._site.model
        if model is not None:
            self._read(model, model.positions.values())
        self._tags_changed()

    def _values_changed(self, names: frozenset[PointName]) -> None:
        model = self._site.model
        if model is not None and self._read(model, names):
            self.changed.emit()

    def _read(self, model: SiteModel, names: Iterable[PointName]) -> bool:
        touched = False
        for name in names:
            switch = model.switch_of_point.get(name)
            if switch is not None:
                self._positions[switch] = self._site.mirror.position(name)
                touched = True
            elif name.variable in _PASSAGES:
                self._read_passage(name, _PASSAGES[name.variable])
                touched = True
        return touched

    def _read_passage(self, name: PointName, passage: Passage) -> None:
        instance = self._site.mirror.get(name)
        present = self._passages.get(name.location, Passage.NONE)
        raised = instance is not None and instance.value is True
        self._passages[name.location] = present | passage if raised else present & ~passage

    def _tags_changed(self) -> None:
        self._tags = {}
        for tag in self._site.tags:
            self._tags[tag.element] = self._tags.get(tag.element, "") + TAG_LETTERS.get(tag.kind, "!")
        for each in self._site.placements:
            for element in self._shown_at(each.element):
                self._tags[element] = self._tags.get(element, "") + LETTERS.get(each.kind, "!")
        self._by_hand = {each.element: BY_HAND[each.kind] for each in self._site.placements if each.kind in BY_HAND}
        self.changed.emit()

    def _shown_at(self, place: str) -> set[str]:
        """The place itself; a node also by its station, a loose end by its line."""
        model = self._site.model
        return {place} if model is None else {place, element_of(model, self._site.placements, place)}

    def _zone_changed(self) -> None:
        orders = sorted(self._site.orders.values(), key=lambda order: order.created_ns)
        zone: set[str] = set()
        for order in orders:
            if order.kind.isolates and order.state is not OrderState.REJECTED:
                zone |= set(order.zone)
            if order.kind is OrderKind.RETURN_TO_NORMAL:  # proposed only once the repair has been reported
                zone -= set(order.zone)
        self._zone = frozenset(zone)
        self.changed.emit()
