"""All that the unit has told, kept current over the link: model, energisation, events, orders, cases, links, records.

Views read the attributes and listen to the signals; nothing here draws, and nothing else subscribes to these variables.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from hmi.commissioning_note import (
    INHIBITIONS,
    SUBSTITUTIONS,
    TESTS,
    SetAside,
    inhibitions_from,
    running_test_from,
    substitutions_from,
)
from hmi.differences import DIFFERENCES, LinkDifferences, differences_from
from hmi.event_feed import EventFeed
from hmi.interruption_note import (
    INTERRUPTIONS,
    RELIABILITY,
    InterruptionNote,
    MonthNote,
    interruptions_from,
    months_from,
)
from hmi.link import Link
from hmi.mirror import Mirror
from hmi.people import (
    AUTHORITY,
    PLACEMENTS,
    SECOND_OPERATORS,
    Holder,
    PlacementNote,
    WaitingNote,
    holder_from,
    placements_from,
    waiting_from,
)
from hmi.record_note import RecordNote, records_from
from hmi.reports import (
    Case,
    CentreHealth,
    LinkHealth,
    MemberNote,
    Status,
    TagNote,
    cases_from,
    centre_from,
    link_counters_from,
    link_from,
    member_from,
    order_below_from,
    status_from,
    tags_from,
)
from hmi.site_model import SiteModel
from hmi.watched import PARALLELS, TRIPS, ParallelNote, TripNote, parallels_from, trips_from
from models.errors import RingmainError
from models.order_document import from_plain
from models.switching import Order
from models.wire.happenings import Answered, Notified
from models.wire.instance import Instance
from models.wire.messages import Code, Welcome

log = logging.getLogger("ringmain.hmi")

STATUS_PERIOD_MS = 1000
MODEL_VARIABLE = "Model"
POINTS = (("*.Pos", "*"), ("SFPI*", "*"), ("*.ActSG", "*"))
"""Points of the overview: every switch position, every fault indicator, every active setting group.

Others are subscribed to by who shows them."""
APPLICATIONS = ("OPF", "VOS", "VVC", "DERPF", "Losses", "Prevention", "EarthFaults")
"""What applications of the grid tell of themselves, as it comes: their pages read it."""


class Site(QObject):
    """model: None until the unit has told it; a unit above has none (`has_model`). below: orders of the units below, by
    unit and id. energisation: element id to the state's word of the data interface. told: the newest of APPLICATIONS.

    Signals carry what has changed; `problem(text)` is one line for the operator about something that cannot be read.
    """

    model_changed = pyqtSignal()
    energisation_changed = pyqtSignal()
    events_added = pyqtSignal(object)
    orders_changed = pyqtSignal()
    cases_changed = pyqtSignal()
    links_changed = pyqtSignal()
    centres_changed = pyqtSignal()
    records_changed = pyqtSignal()
    interruptions_changed = pyqtSignal()
    application_told = pyqtSignal(str)
    status_changed = pyqtSignal()
    tags_changed = pyqtSignal()
    people_changed = pyqtSignal()
    differences_changed = pyqtSignal()
    set_aside_changed = pyqtSignal()
    watched_changed = pyqtSignal()
    members_changed = pyqtSignal()
    below_changed = pyqtSignal()
    model_absent = pyqtSignal()
    problem = pyqtSignal(str)

    def __init__(self, link: Link, mirror: Mirror, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link, self.mirror = link, mirror
        self.unit = ""
        self.user = self.role = ""
        self.rights: frozenset[str] = frozenset()
        self.model: SiteModel | None = None
        self.energisation: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.cases: list[Case] = []
        self.links: dict[str, LinkHealth] = {}
        self.link_counters: dict[str, dict[str, int]] = {}
        self.centres: dict[str, CentreHealth] = {}
        self.records: list[RecordNote] = []
        self.record_count = 0
        self.interruptions: list[InterruptionNote] = []
        self.reliability: list[MonthNote] = []
        self.told: dict[str, Instance] = {}
        self.members: dict[str, MemberNote] = {}
        self.below: dict[tuple[str, str], Order] = {}
        self.has_model = True
        self.status: Status | None = None
        self.tags: list[TagNote] = []
        self.placements: list[PlacementNote] = []
        self.holder = Holder()
        self.waiting: list[WaitingNote] = []
        self.set_aside: dict[str, SetAside] = {}
        self.trips: list[TripNote] = []
        self.parallels: list[ParallelNote] = []
        self.differences: dict[str, LinkDifferences] = {}
        self._events = EventFeed(link, self.events_added.emit, self._unreadable)
        link.opened.connect(self._opened)
        link.refused.connect(self.problem)

    @property
    def now_ns(self) -> int:
        """The unit's clock (UTC), as far as it is told; else this machine's."""
        return self.status.time_ns if self.status is not None and self.link.live else self.link.now().utc_ns

    def may(self, right: str) -> bool:
        """True when the user's role has the right and the link is live."""
        return self.link.live and right in self.rights

    def _opened(self, unit: str, welcome: Welcome) -> None:
        self.user, self.role, self.rights = welcome.name, welcome.role, frozenset(welcome.rights)
        self.link.query(MODEL_VARIABLE, unit, self._model_answered)
        if self.unit == unit:
            return
        self.unit = unit
        readers: dict[str, Callable[[Instance], None]] = {
            "Energisation": self._take_energisation,
            "Orders": self._take_order,
            "Cases": self._take_cases,
            "Links": self._take_link,
            "LinkCounters": self._take_link_counters,
            "ControlCentres": self._take_centre,
            "Records": self._take_records,
            INTERRUPTIONS: self._take_interruptions,
            RELIABILITY: self._take_reliability,
            "Tags": self._take_tags,
            **dict.fromkeys(APPLICATIONS, self._take_told),
            INHIBITIONS: lambda each: self._set_aside("alarm", inhibitions_from(each.value)),
            SUBSTITUTIONS: lambda each: self._set_aside("value", substitutions_from(each.value)),
            TESTS: self._take_test,
            TRIPS: self._take_trips,
            PARALLELS: self._take_parallels,
            "Members": self._take_member,
            PLACEMENTS: self._take_placements,
            AUTHORITY: self._take_authority,
            SECOND_OPERATORS: self._take_waiting,
            DIFFERENCES: self._take_differences,
        }
        for variable, take in readers.items():
            self.link.subscribe(variable, unit, self._reader(take))
        self.link.periodic("Status", unit, STATUS_PERIOD_MS, self._reader(self._take_status))
        self._events.start(unit)

    # -- what arrives

    def _reader(self, take: Callable[[Instance], None]) -> Callable[[Notified], None]:
        def read(notice: Notified) -> None:
            for instance in notice.instances:
                self._guarded(take, instance)

        return read

    def _guarded(self, take: Callable[[Instance], None], instance: Instance) -> None:
        try:
            take(instance)
        except RingmainError as error:
            self._unreadable(str(error))

    def _unreadable(self, text: str) -> None:
        log.warning("%s", text)
        self.problem.emit(text)

    def _model_answered(self, answer: Answered) -> None:
        if answer.code is Code.OK and answer.instances:
            self._guarded(self._take_model, answer.instances[-1])
        elif answer.code in (Code.OK, Code.UNKNOWN_VARIABLE):
            self.has_model = False
            self.model_absent.emit()
        else:
            self.problem.emit(f"the unit does not tell its model: {answer.code.value} {answer.text}")

    def _take_model(self, instance: Instance) -> None:
        model = SiteModel.from_value(instance.value)
        if self.model is None:  # a unit without a grid has no points
            for variable, location in POINTS:
                self.link.subscribe(variable, location, self.mirror.notified)
        if self.model != model:
            self.model = model
            self.model_changed.emit()

    def _take_energisation(self, instance: Instance) -> None:
        if isinstance(instance.value, dict):
            self.energisation.update((element, str(state)) for element, state in instance.value.items())
            self.energisation_changed.emit()

    def _take_order(self, instance: Instance) -> None:
        below = order_below_from(instance.value)
        if below is not None:
            unit, order = below
            self.below[unit, order.id] = order
            self.below_changed.emit()
            return
        order = from_plain(instance.value)
        known = self.orders.get(order.id)
        if known is None or known.revision <= order.revision:
            self.orders[order.id] = order
            self.orders_changed.emit()

    def _take_cases(self, instance: Instance) -> None:
        self.cases = cases_from(instance.value)
        self.cases_changed.emit()

    def _take_link(self, instance: Instance) -> None:
        health = link_from(instance.value)
        self.links[health.name] = health
        self.links_changed.emit()

    def _take_link_counters(self, instance: Instance) -> None:
        name, counters = link_counters_from(instance.value)
        self.link_counters[name] = counters
        self.links_changed.emit()

    def _take_centre(self, instance: Instance) -> None:
        centre = centre_from(instance.value)
        self.centres[centre.name] = centre
        self.centres_changed.emit()

    def _take_records(self, instance: Instance) -> None:
        self.records, self.record_count = records_from(instance.value)
        self.records_changed.emit()

    def _take_interruptions(self, instance: Instance) -> None:
        self.interruptions = interruptions_from(instance.value)
        self.interruptions_changed.emit()

    def _take_reliability(self, instance: Instance) -> None:
        self.reliability = months_from(instance.value)
        self.interruptions_changed.emit()

    def _take_told(self, instance: Instance) -> None:
        self.told[instance.variable] = instance
        self.application_told.emit(instance.variable)

    def _take_member(self, instance: Instance) -> None:
        member = member_from(instance.value)
        self.members[member.name] = member
        self.members_changed.emit()

    def _take_placements(self, instance: Instance) -> None:
        self.placements = placements_from(instance.value)
        self.people_changed.emit()

    def _take_authority(self, instance: Instance) -> None:
        self.holder = holder_from(instance.value)
        self.people_changed.emit()

    def _take_waiting(self, instance: Instance) -> None:
        self.waiting = waiting_from(instance.value)
        self.people_changed.emit()

    def _take_tags(self, instance: Instance) -> None:
        self.tags = tags_from(instance.value)
        self.tags_changed.emit()

    def _take_trips(self, instance: Instance) -> None:
        self.trips = trips_from(instance.value)
        self.watched_changed.emit()

    def _take_parallels(self, instance: Instance) -> None:
        self.parallels = parallels_from(instance.value)
        self.watched_changed.emit()

    def _set_aside(self, kind: str, present: list[SetAside]) -> None:
        others = {key: each for key, each in self.set_aside.items() if not key.startswith(f"{kind} ")}
        self.set_aside = others | {each.key: each for each in present}
        self.set_aside_changed.emit()

    def _take_test(self, instance: Instance) -> None:
        number, running = running_test_from(instance.value)
        self._set_aside(number, [] if running is None else [running])

    def _take_status(self, instance: Instance) -> None:
        self.status = status_from(instance.value)
        self.status_changed.emit()

    def _take_differences(self, instance: Instance) -> None:
        told = differences_from(instance.value)
        self.differences[told.link] = told
        self.differences_changed.emit()
