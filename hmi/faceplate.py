"""The faceplate, docked beside the diagrams and never over the device: one switch or station with all that is known.

A switch is operated in it; what takes steps or set-points (marked ⇅) is regulated after a click on its row. Its points
are subscribed to only while it shows them.
"""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.command_panel import CommandPanel
from hmi.diagram.drawn import small_diagram
from hmi.diagram.looks import Looks
from hmi.diagram.view import DiagramView
from hmi.grid_state import GridState
from hmi.regulated import RegulatedPoint
from hmi.regulating_panel import RegulatingPanel
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.site_model import SiteModel, bay_of
from hmi.tag_panel import TagPanel
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.widgets.labels import ToneLabel
from hmi.words import KINDS, POSITIONS, is_notable, quality_words, time_text, value_words, variable_name
from models.network.unstated import is_stated
from models.point import PointName
from models.wire.instance import Instance

COLUMNS = (Column("Value of", 26), Column("Value", 12), Column("UTC, quality", 0))
SINGLE_LINE_PX, DRAWN_BAY_PX = 190, 290
"""Height of the small picture: bays side by side, or one bay as the SCD draws it, with all its equipment."""

REGULATED = "⇅"


class Faceplate(QWidget):
    """chosen(element): another switch was picked in the small single-line diagram."""

    chosen = pyqtSignal(str)

    def __init__(self, site: Site, state: GridState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._state, self._theme = site, state, theme
        self._element = self._station = ""
        self._subscriptions: list[int] = []
        self.title = ToneLabel("Nothing chosen", "title", wrap=True)
        self.subtitle = ToneLabel("Pick a station, switch or line on a diagram.", "muted", wrap=True)
        self.position = ToneLabel("", "title", wrap=True)
        self.single_line = DiagramView(state, Looks(theme), self, legend=False)
        self.single_line.setFixedHeight(SINGLE_LINE_PX)
        self.command = CommandPanel(site, self)
        self.regulating = RegulatingPanel(site, self)
        self.hint = ToneLabel(f"{REGULATED} takes steps or set-points: choose its row", "muted", wrap=True)
        self.tags = TagPanel(site, self)
        self.values = RowModel(COLUMNS, self)
        self.view = table(self.values, COLUMNS, self)
        self.view.clicked.connect(self._row_clicked)
        self._lay_out()
        self.single_line.picked.connect(self._picked)
        site.mirror.changed.connect(self._values_changed)
        site.model_changed.connect(self._model_changed)
        site.link.state_changed.connect(lambda *_: self._refresh())
        self._show_parts()

    @property
    def element(self) -> str:
        return self._element

    def show_element(self, element: str) -> None:
        """A switch, a station, a line, or '' for nothing."""
        self._element = element
        model = self._site.model
        station = model.station_of(element) if model else ""
        if station != self._station:
            self._leave()
            self._enter(station)
        self._show_diagram()
        self.single_line.select(element)
        self.regulating.show_point(None)
        self.command.show_switch(element if model and element in model.switches else "")
        self._show_parts()
        self._refresh()

    def regulate(self, name: PointName) -> None:
        """Offer the steps or the set-point of a point of the station that is shown, instead of a switch's command."""
        model = self._site.model
        point = model.regulated.get(name) if model is not None and self._is_here(name.location) else None
        if point is not None:
            self.command.show_switch("")
            self.regulating.show_point(point)
            self._show_parts()
            self._refresh()

    # -- subscriptions

    def _leave(self) -> None:
        for subscription in self._subscriptions:
            self._site.link.unsubscribe(subscription)
        self._subscriptions = []

    def _enter(self, station: str) -> None:
        self._station = station
        model = self._site.model
        if not station or model is None:
            return
        take = self._site.mirror.notified
        self._subscriptions = [self._site.link.subscribe("*", location, take) for location in (station, f"{station}/*")]

    def _show_diagram(self) -> None:
        """The station, or the element's bay of a station that its SCD draws."""
        model = self._site.model
        if model is None or not self._station:
            return
        diagram = small_diagram(model, self._station, self._element)
        if diagram != self.single_line.diagram:
            looks = Looks(self._theme, model.feeds)
            self.single_line.narrow = self._station in model.drawings
            self.single_line.setFixedHeight(DRAWN_BAY_PX if self.single_line.narrow else SINGLE_LINE_PX)
            self.single_line.show_diagram(diagram, looks)

    def _model_changed(self) -> None:
        element, self._station = self._element, ""
        self.show_element(element)

    def _values_changed(self, names: frozenset[PointName]) -> None:
        if self._station and any(self._is_here(name.location) for name in names):
            self._refresh()

    def _is_here(self, location: str) -> bool:
        return location == self._station or location.startswith(self._station + "/")

    # -- what is shown

    def _show_parts(self) -> None:
        model = self._site.model
        self.single_line.setVisible(bool(self._station))
        is_switch = model is not None and self._element in model.switches
        self.command.setVisible(is_switch and self.regulating.point is None)
        self.position.setVisible(is_switch)
        self.hint.setVisible(self.regulating.point is None and bool(self._regulated()))
        self.tags.show_element(self._taggable())
        self.tags.setVisible(bool(self._taggable()))

    def _regulated(self) -> list[RegulatedPoint]:
        """Of the station."""
        model = self._site.model
        points = model.regulated.values() if model is not None and self._station else ()
        return [point for point in points if self._is_here(point.name.location)]

    def _taggable(self) -> str:
        model = self._site.model
        if model is None:
            return ""
        if self.regulating.point is not None:
            location = self.regulating.point.name.location
            return location if any(each.id == location for each in model.network.transformers) else ""
        known = self._element in model.switches or any(line.id == self._element for line in model.network.lines)
        return self._element if known else ""

    def _refresh(self) -> None:
        model = self._site.model
        if model is None or not self._element:
            return
        self.title.setText(self._element)
        self.subtitle.setText(self._described(model))
        self._tell_position(model)
        points = [each for each in self._site.mirror.at(self._station) if "." in each.variable]  # else the unit's own
        rows = [self._row(instance) for instance in self._ordered(points)]
        self.values.replace(rows if self._station else [])

    def _described(self, model: SiteModel) -> str:
        switch = model.switches.get(self._element)
        if switch is not None:
            control = "remote control" if self._element in model.controllable else "local operation only"
            rated = f"{switch.rated_current_a:.0f} A" if is_stated(switch.rated_current_a) else ""
            normally = {True: "normally open", False: "normally closed", None: ""}[model.normally_open(switch)]
            return ", ".join(part for part in (KINDS[switch.kind], rated, normally, control) if part)
        if self._element in model.primaries:
            return "primary substation"
        if self._station:
            return "secondary substation"
        line = next((line for line in model.network.lines if line.id == self._element), None)
        state = self._state.energisation(self._element)
        if line is None or not is_stated(line.length_m):
            return f"line, {state}" if line else state
        return f"line, {line.length_m:.0f} m, {line.rated_current_a:.0f} A, {state}"

    def _tell_position(self, model: SiteModel) -> None:
        point = model.positions.get(self._element)
        instance = None if point is None else self._site.mirror.get(point)
        if instance is None:
            self.position.say("position unknown: no value from the field", "alarm")
            return
        doubt = quality_words(instance.quality)
        word = POSITIONS[self._state.position(self._element)]
        since = f"since {time_text(instance.time_ns)} UTC"
        self.position.say(f"{word}  {since}" + (f"  ({doubt})" if doubt else ""), "alarm" if doubt else "title")

    def _ordered(self, instances: list[Instance]) -> list[Instance]:
        """The chosen bay first, then the rest of the station."""
        bay = bay_of(self._element) if self._element.count("/") > 2 else self._element
        inside = [each for each in instances if each.location == bay or each.location.startswith(bay + "/")]
        return inside + [each for each in instances if each not in inside]

    def _row(self, instance: Instance) -> Row:
        where = instance.location.removeprefix(self._station).strip("/")
        model = self._site.model
        point = model.regulated.get(PointName(instance.location, instance.variable)) if model is not None else None
        cells = (
            f"{where}  {variable_name(instance.variable)} {REGULATED if point else ''}".strip(),
            value_words(instance) if point is None else point.text(instance.value),
            f"{quality_words(instance.quality)} {time_text(instance.time_ns)}".strip(),
        )
        bad = bool(instance.quality) or is_notable(instance)
        return Row(f"{instance.location}/{instance.variable}", cells, self._theme.alarm_text if bad else "")

    def _row_clicked(self, index: QModelIndex) -> None:
        location, _, variable = self.values.key(index.row()).rpartition("/")
        self.regulate(PointName(location, variable))

    def _picked(self, element: str) -> None:
        model = self._site.model
        if model is None:
            return
        regulated = [name for name in model.regulated if name.location == element]
        if element in model.switches:
            self.chosen.emit(element)
        elif regulated:
            self.regulate(regulated[0])

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(6)
        panels = (self.command, self.regulating, self.tags, self.hint)
        for widget in (self.title, self.subtitle, self.position, self.single_line, *panels):
            layout.addWidget(widget)
        layout.addWidget(self.view, 1)
