"""The operator's window: banner above, diagrams in the middle, lists below, FDIR console and faceplate on the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PyQt6.QtWidgets import QHBoxLayout, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from hmi.applications.board import ApplicationBoard
from hmi.banner import Banner
from hmi.centres import CentreList
from hmi.commissioning import CommissioningList
from hmi.diagram.drawn import overview
from hmi.diagram.geography import network_map
from hmi.diagram.ladder import ladder
from hmi.diagram.looks import Looks
from hmi.diagram.shapes import Diagram
from hmi.diagram.view import DiagramView
from hmi.difference_list import DifferenceList
from hmi.docks import Docks
from hmi.event_list import EventList
from hmi.faceplate import Faceplate
from hmi.fdir.console import FdirConsole
from hmi.grid_state import GridState
from hmi.group.members import MemberList
from hmi.group.orders_below import OrdersBelow
from hmi.interruptions import InterruptionList
from hmi.link import Link, LinkState
from hmi.links import LinkList
from hmi.list_tabs import ListTabs
from hmi.mirror import Mirror
from hmi.navigator import Navigator
from hmi.off_normal import OffNormalList
from hmi.people_list import PeopleList
from hmi.placing_menu import PlacingMenu
from hmi.records import RecordList
from hmi.setting_groups import SettingGroupList
from hmi.site import Site
from hmi.site_model import SiteModel
from hmi.theme import Theme
from hmi.veil import Veil
from hmi.watch_list import WatchList
from hmi.widgets.command_button import CommandButton

WIDTH_PX, HEIGHT_PX = 1920, 1080
PROBLEM_MS = 15_000
LADDER = "Feeder ladder"
WATCHED = "Trips, parallels"
APPLICATIONS = "Applications"


class MainWindow(QMainWindow):
    """Owns the link; closing the window ends it."""

    def __init__(self, link: Link, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link, self._theme = link, theme
        link.setParent(self)
        self.mirror = Mirror(self)
        self.site = Site(link, self.mirror, self)
        self.state = GridState(self.site, self)
        looks = Looks(theme)
        self.banner = Banner(self.site, theme)
        self.map, self.ladder = DiagramView(self.state, looks), DiagramView(self.state, looks)
        self.faceplate = Faceplate(self.site, self.state, theme)
        self.fdir = FdirConsole(self.site, theme)
        self.events, self.links = EventList(self.site, theme), LinkList(self.site, theme)
        self.centres = CentreList(self.site, theme)
        self.off_normal, self.records = OffNormalList(self.site, self.state), RecordList(self.site)
        self.members, self.below = MemberList(self.site, theme), OrdersBelow(self.site)
        self.commissioning = CommissioningList(self.site, theme)
        self.setting_groups = SettingGroupList(self.site, theme)
        self.watched = WatchList(self.site, theme)
        self.people, self.placing = PeopleList(self.site), PlacingMenu(self.site, self)
        self.navigator = Navigator()
        self.differences, self.interruptions = DifferenceList(self.site, theme), InterruptionList(self.site)
        self.applications = ApplicationBoard(self.site, theme)
        self.diagrams, self.lists = QTabWidget(), ListTabs()
        self._lay_out()
        self.docks = Docks(self, self.lists, self.fdir, self.faceplate)
        self.veil = Veil(self, theme)
        self._connect()
        self.resize(WIDTH_PX, HEIGHT_PX)
        self.setWindowTitle("Ringmain")
        self.veil.freeze(0, f"connecting to {link.url}")

    @property
    def ready(self) -> bool:
        """True once the unit has told enough for a complete picture, and the link is live."""
        site = self.site
        if not site.has_model:
            return self.link.live
        if site.model is None or site.status is None:
            return False
        return self.link.live and (bool(site.energisation) or not site.model.network.nodes)

    # -- pictures on request

    @property
    def verbs(self) -> Mapping[str, Callable[[str], str]]:
        """`choose ELEMENT` selects an element as a click would, `view map`, `ladder`, `below` or `applications` changes
        what stands in the middle, `application NAME` the page there.

        `list TITLE` brings the list below with this title to the front.
        """
        return {"choose": self._choose, "view": self._view, "list": self._list, "application": self._application}

    def settle(self) -> None:
        self.mirror.flush()

    def _choose(self, element: str) -> str:
        model = self.site.model
        if model is None:
            return "error: the unit has not told its elements yet"
        if not (_element_at(element, model) or any(line.id == element for line in model.network.lines)):
            return f"error: no element '{element}'; use the path of a station, a switch or a line"
        self.go_to(element)
        return "done"

    def _view(self, name: str) -> str:
        views = {"map": self.map, "ladder": self.ladder, "below": self.below, "applications": self.applications}
        if name not in views:
            return f"error: no view '{name}'; use {', '.join(views)}"
        self.diagrams.setCurrentWidget(views[name])
        return "done"

    def _application(self, name: str) -> str:
        if name not in self.applications.pages:
            return f"error: no application '{name}'; use {', '.join(self.applications.pages)}"
        self.diagrams.setCurrentWidget(self.applications)
        self.applications.show_page(name)
        return "done"

    def _list(self, title: str) -> str:
        """Also one of the lists within a list."""
        found = [(tabs, index) for tabs in (self.lists, self.commissioning.parts) for index in range(tabs.count())]
        found = [(tabs, index) for tabs, index in found if tabs.isTabVisible(index)]
        titles = [tabs.tabText(index).partition(" (")[0] for tabs, index in found]
        if title not in titles:
            return f"error: no list '{title}'; use {', '.join(titles)}"
        tabs, index = found[titles.index(title)]
        tabs.setCurrentIndex(index)
        return "done"

    # -- going somewhere

    def go_to(self, location: str) -> None:
        """Show the element that a location names: a switch, line or station, else the station it lies in.

        Where the location is that of one tap changer or set-point, its panel is shown too.
        """
        model = self.site.model
        if model is None:
            return
        self.choose(_element_at(location, model) or location)
        regulated = [name for name in model.regulated if name.location == location]
        if len(regulated) == 1:
            self.faceplate.regulate(regulated[0])

    def choose(self, element: str) -> None:
        """Select on all diagrams, and show in the faceplate."""
        self.map.select(element)
        self.ladder.select(element)
        self.faceplate.show_element(element)
        self.docks.faceplate.raise_()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.docks.arrange()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.link.stop()
        super().closeEvent(event)

    # -- what happens

    def _model_changed(self) -> None:
        model = self.site.model
        if model is None:
            return
        looks = Looks(self._theme, model.feeds)
        geographic = network_map(model)
        self.diagrams.setTabVisible(0, geographic is not None)
        self.map.show_diagram(geographic or Diagram((), (), (), 1.0), looks)
        stations = overview(model)
        self.ladder.show_diagram(stations or ladder(model), looks)
        self.diagrams.setTabText(self.diagrams.indexOf(self.ladder), "Single line" if stations else LADDER)
        lines = (line.id for line in model.network.lines)
        regulated = (name.location for name in model.regulated)
        self.navigator.know([*model.stations, *model.switches, *lines, *regulated])
        self.setWindowTitle(f"{model.unit} - Ringmain")

    def _without_grid(self) -> None:
        """A unit above, without field devices: its members and the orders of the units below are what there is."""
        for tab in (0, 1, self.diagrams.indexOf(self.applications)):
            self.diagrams.setTabVisible(tab, False)
        self.diagrams.setTabVisible(2, True)
        self.docks.without_grid()
        self.lists.offer(self.members, True)
        self.lists.setCurrentWidget(self.members)
        self.setWindowTitle(f"{self.site.unit} - Ringmain")

    def _link_changed(self, state: LinkState, reason: str) -> None:
        if state is LinkState.LIVE:
            self.veil.lift()
        else:
            self.veil.freeze(self.link.heard_utc_ns, reason)

    def _armed(self, switch: str) -> None:
        for view in (self.map, self.ladder, self.faceplate.single_line):
            view.arm(switch)

    def _tell_problem(self, text: str) -> None:
        status = self.statusBar()
        if status is not None:
            status.showMessage(text, PROBLEM_MS)

    # -- composition

    def _connect(self) -> None:
        self.site.model_changed.connect(self._model_changed)
        self.site.problem.connect(self._tell_problem)
        self.records.told.connect(self._tell_problem)
        self.site.model_absent.connect(self._without_grid)
        self.site.below_changed.connect(lambda: self.diagrams.setTabVisible(2, True))
        self.link.state_changed.connect(self._link_changed)
        self.faceplate.command.armed.connect(self._armed)
        self.off_normal.counted.connect(self.banner.tell_off_normal)
        self._connect_counts()
        lists = {"links": self.links, "centres": self.centres}
        self.banner.asked.connect(lambda what: self.lists.setCurrentWidget(lists[what]))
        self.records.trip_asked.connect(self._show_event)
        self.events.record_asked.connect(self._show_record)
        for view in (self.map, self.ladder):
            view.picked.connect(self.choose)
            view.menu_asked.connect(self.placing.open)
        self.placing.told.connect(self._tell_problem)
        self.faceplate.chosen.connect(self.choose)
        for goes in (
            self.banner,
            self.events,
            self.off_normal,
            self.fdir,
            self.commissioning,
            self.people,
            self.watched,
            self.interruptions,
            self.applications,
        ):
            goes.picked.connect(self.go_to)
        self.navigator.found.connect(self._found)
        QShortcut(QKeySequence("/"), self, self.navigator.setFocus)
        QShortcut(QKeySequence("F2"), self, lambda: self.lists.setCurrentWidget(self.events))
        QShortcut(QKeySequence("F3"), self, lambda: self.diagrams.setCurrentWidget(self.map))
        QShortcut(QKeySequence("F4"), self, lambda: self.diagrams.setCurrentWidget(self.ladder))
        QShortcut(QKeySequence("F5"), self, self._show_applications)

    def _connect_counts(self) -> None:
        """Titles of lists tell what is wrong in them."""
        tell = self.lists.tell
        self.links.counted.connect(lambda down: tell(self.links, f"{down} down" * bool(down)))
        self.centres.counted.connect(lambda off: tell(self.centres, f"{off} away" * bool(off)))
        self.watched.counted.connect(lambda count: tell(self.watched, str(count) * bool(count)))
        self.interruptions.counted.connect(lambda count: tell(self.interruptions, str(count) * bool(count)))
        self.applications.counted.connect(self._tell_applications)
        self.applications.order_asked.connect(self._show_order)
        self.differences.counted.connect(lambda count: tell(self.differences, str(count) * bool(count)))
        self.site.model_changed.connect(lambda: self.lists.offer(self.setting_groups, bool(self.setting_groups.points)))
        self.site.members_changed.connect(lambda: self.lists.offer(self.members, True))

    def _tell_applications(self, abnormal: int) -> None:
        tab = self.diagrams.indexOf(self.applications)
        self.diagrams.setTabText(tab, f"{APPLICATIONS} ({abnormal})" if abnormal else APPLICATIONS)

    def _show_applications(self) -> None:
        """With the keys on their list."""
        self.diagrams.setCurrentWidget(self.applications)
        self.applications.view.setFocus()

    def _show_order(self, order: str) -> None:
        self.docks.console.raise_()
        self.fdir.orders.show_order(order)

    def _show_event(self, sequence: int) -> None:
        self.lists.setCurrentWidget(self.events)
        self.events.show_event(sequence)

    def _show_record(self, number: int) -> None:
        self.lists.setCurrentWidget(self.records)
        self.records.choose(number)

    def _found(self, element: str) -> None:
        self.go_to(element)
        for view in (self.map, self.ladder):
            view.zoom_to(self.faceplate.element)

    def _lay_out(self) -> None:
        self.diagrams.setObjectName("diagrams")
        self.diagrams.addTab(self.map, "Network map")
        self.diagrams.addTab(self.ladder, LADDER)
        self.diagrams.addTab(self.below, "Orders of units below")
        self.diagrams.setTabVisible(2, False)
        self.diagrams.addTab(self.applications, APPLICATIONS)
        self.diagrams.setCornerWidget(self._tools(), Qt.Corner.TopRightCorner)
        lists = (
            (self.events, "Events"),
            (self.links, "Links"),
            (self.differences, "Differences"),
            (self.centres, "Centres"),
            (self.records, "Records"),
            (self.off_normal, "Off normal"),
            (self.interruptions, "Interruptions"),
            (self.watched, WATCHED),
            (self.people, "People"),
            (self.commissioning, "Commissioning"),
            (self.setting_groups, "Setting groups"),
            (self.members, "Members"),
        )
        for widget, title in lists:
            self.lists.add(widget, title)
        for page in (self.setting_groups, self.members):
            self.lists.offer(page, False)
        centre = QWidget(self)
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(4, 4, 0, 0)
        layout.addWidget(self.diagrams)
        self.setCentralWidget(centre)
        self.setMenuWidget(self.banner)

    def _tools(self) -> QWidget:
        tools = QWidget(self)
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 4, 3)
        self.navigator.setMinimumWidth(260)
        fit = CommandButton("Show all", tools)
        fit.clicked.connect(self.map.fit)
        fit.clicked.connect(self.ladder.fit)
        row.addWidget(self.navigator)
        row.addWidget(fit)
        return tools


def _element_at(location: str, model: SiteModel) -> str:
    """The longest beginning of a location that names a switch or a station; '' when there is none."""
    parts = location.split("/")
    beginnings = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((each for each in beginnings if each in model.switches or each in model.stations), "")
