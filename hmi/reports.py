"""What the unit reports besides points, as typed records: event lines, links, status, tags, cases of FDIR.

Each `..._from(value)` reads the value of one instance and raises RemoteProtocolError naming what is missing. Fields
that a newer unit adds are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hmi.applications.told import Told
from hmi.applications.turn import Turn, turns_from
from models.alarm import Severity
from models.order_document import from_plain
from models.plain import PlainFields
from models.switching import Order


@dataclass(frozen=True, slots=True)
class EventLine:
    """time_ns: source time where the field gave one, else the time of arrival (UTC ns)."""

    sequence: int
    time_ns: int
    arrival_ns: int
    category: str
    severity: Severity
    location: str
    text: str

    @property
    def has_source_time(self) -> bool:
        return self.time_ns != self.arrival_ns


@dataclass(frozen=True, slots=True)
class LinkHealth:
    name: str
    protocol: str
    up: bool
    reason: str
    since_ns: int


@dataclass(frozen=True, slots=True)
class CentreHealth:
    """A control centre. state: in words; up: data is transferred. waiting, lost: events; in_flight, window: frames.

    since_ns: when data transfer began or ended. late: away for longer than agreed. lost_ns: when the last event was
    lost, 0: none since the unit's start.
    """

    name: str
    up: bool
    state: str
    since_ns: int
    peers: tuple[str, ...]
    waiting: int
    lost: int
    in_flight: int
    window: int
    last_reason: str
    counters: dict[str, int]
    late: bool = False
    lost_ns: int = 0


@dataclass(frozen=True, slots=True)
class MemberNote:
    """A unit or device of the group. serves: units that are reached through it."""

    name: str
    kind: str
    level: str
    state: str
    reason: str
    since_ns: int
    version: str
    serves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeederMode:
    """mode: the rule set for the feeder; effective: the lower of it and the unit's."""

    mode: str
    effective: str


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A command whose outcome nobody saw. number: what it is released by."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """time_ns: the unit's clock. parent, control_centres: in words, as the unit tells them.

    open_commands: commands without outcome after a crash (SAFETY S22). applications: how each goes on, by its name.
    """

    mode: str
    feeders: dict[str, FeederMode]
    time_ns: int
    points: int
    links_up: int
    links: int
    parent: str
    control_centres: str
    open_commands: tuple[OpenCommand, ...] = ()
    applications: dict[str, Turn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TagNote:
    id: int
    kind: str
    element: str
    holder: str
    placed_ns: int
    reference: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A zone that might hold the fault, and what rejected it ('' = nothing did). probability: None where not told."""

    zone: tuple[str, ...]
    rejected_by: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One fault as FDIR handles it. order: id of the order it led to, '' for none yet. crew: what a crew could do."""

    feeder: str
    state: str
    seen: tuple[str, ...]
    concluded: str
    candidates: tuple[Candidate, ...]
    order: str
    mode: str
    reason: str
    crew: str = ""


def event_from(value: object) -> EventLine:
    fields = PlainFields(value, "Events")
    severity = min(max(fields.whole("severity"), Severity.INFORMATION), Severity.HIGH)
    return EventLine(
        fields.whole("sequence"),
        fields.whole("time_ns"),
        fields.whole("arrival_ns"),
        fields.text("category"),
        Severity(severity),
        fields.text("location"),
        fields.text("text"),
    )


def link_from(value: object) -> LinkHealth:
    fields = PlainFields(value, "Links")
    up = fields.take("up") is True
    return LinkHealth(fields.text("name"), fields.text("protocol"), up, fields.text("reason"), fields.whole("since_ns"))


def link_counters_from(value: object) -> tuple[str, dict[str, int]]:
    """Name of a link, and what it has counted."""
    fields = PlainFields(value, "LinkCounters")
    return fields.text("name"), _counters(fields)


def centre_from(value: object) -> CentreHealth:
    fields = PlainFields(value, "ControlCentres")
    return CentreHealth(
        fields.text("name"),
        fields.take("up") is True,
        fields.text("state"),
        fields.whole("since_ns"),
        fields.texts("peers"),
        fields.whole("waiting"),
        fields.whole("lost"),
        fields.whole("in_flight"),
        fields.whole("window"),
        fields.text("last_reason"),
        _counters(fields),
        *(
            (fields.take("late") is True, fields.whole("lost_ns"))
            if isinstance(value, dict) and "late" in value
            else ()
        ),
    )


def _counters(fields: PlainFields) -> dict[str, int]:
    counters = fields.take("counters")
    content = counters if isinstance(counters, dict) else {}
    return {str(name): number for name, number in content.items() if type(number) is int}


def member_from(value: object) -> MemberNote:
    fields = PlainFields(value, "Members")
    return MemberNote(
        fields.text("name"),
        fields.text("kind"),
        fields.text("level"),
        fields.text("state"),
        fields.text("reason"),
        fields.whole("since_ns"),
        fields.text("version"),
        tuple(fields.texts("serves")),
    )


def order_below_from(value: object) -> tuple[str, Order] | None:
    """Unit and order, when it is one of a unit below; None: this unit's own."""
    if not isinstance(value, dict) or "unit" not in value:
        return None
    document = {name: part for name, part in value.items() if name != "unit"}
    return PlainFields(value, "Orders").text("unit"), from_plain(document)


def status_from(value: object) -> Status:
    fields = PlainFields(value, "Status")
    extras = value if isinstance(value, dict) else {}
    return Status(
        fields.text("mode"),
        _feeders(fields.take("feeders")),
        fields.whole("time_ns"),
        fields.whole("points"),
        fields.whole("links_up"),
        fields.whole("links"),
        in_words(extras.get("parent")),
        in_words(extras.get("control_centres")),
        _open_commands(fields) if "open_commands" in extras else (),
        turns_from(extras.get("applications")),
    )


def _open_commands(fields: PlainFields) -> tuple[OpenCommand, ...]:
    numbers, texts = fields.wholes("open_command_numbers"), fields.texts("open_commands")
    return tuple(OpenCommand(number, text) for number, text in zip(numbers, texts, strict=True))


def tags_from(value: object) -> list[TagNote]:
    return [
        TagNote(
            fields.whole("id"),
            fields.text("kind"),
            fields.text("element"),
            fields.text("holder"),
            fields.whole("placed_ns"),
            fields.text("reference"),
        )
        for fields in PlainFields(value, "Tags").objects("tags")
    ]


def cases_from(value: object) -> list[Case]:
    return [
        Case(
            fields.text("feeder"),
            fields.text("state"),
            fields.texts("seen"),
            fields.text("concluded"),
            tuple(_candidate(each) for each in fields.objects("candidates")),
            fields.text("order"),
            fields.text("mode"),
            fields.text("reason"),
            _crew(fields.take_or_none("crew")),
        )
        for fields in PlainFields(value, "Cases").objects("cases")
    ]


def _crew(told: object) -> str:
    """'' while there is nothing to say of one."""
    crew = Told(told)
    said = [each for each in (crew.text("order"), crew.text("reason")) if each]
    return ": ".join((crew.text("state"), *said)) if said else ""


def _candidate(fields: PlainFields) -> Candidate:
    probability = fields.take_or_none("probability")
    known = float(probability) if isinstance(probability, int | float) else None
    return Candidate(fields.texts("zone"), fields.text("rejected_by"), known)


def in_words(item: object) -> str:
    """A status that the unit may tell as truth, count, name or list."""
    match item:
        case None | "" | []:
            return "none"
        case bool():
            return "up" if item else "down"
        case list():
            return ", ".join(in_words(part) for part in item)
        case dict():
            return ", ".join(f"{name} {in_words(part)}" for name, part in item.items()) or "none"
        case _:
            return str(item)


def _feeders(item: object) -> dict[str, FeederMode]:
    if not isinstance(item, dict):
        return {}
    found = {}
    for bay, content in item.items():
        fields = PlainFields(content, f"Status.feeders.{bay}")
        found[bay] = FeederMode(fields.text("mode"), fields.text("effective"))
    return found
