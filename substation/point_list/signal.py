"""One line of the point list: an object of a point, the object that commands it, and what both mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from models.alarm import Severity
from models.point import Cdc, ControlModel, Dbpos, Iec104Address, PointSpec
from models.scl.elements import Scl
from protocols.iec104.application.types import static_type
from protocols.iec104.controlled_station.service_settings import Patterns, named
from substation.northbound.settings import ControlCentre
from substation.process_events import states_of


@dataclass(frozen=True, slots=True)
class Signal:
    """monitor, command: None where this line has none. groups: of interrogation, '1 2' or 'NCC: 1 2'."""

    spec: PointSpec
    monitor: Iec104Address | None
    command: Iec104Address | None
    groups: str
    description: str

    @property
    def static_type(self) -> int | None:
        return None if self.monitor is None else static_type(self.monitor.type_id)

    @property
    def transmission(self) -> str:
        """What becomes of it when nobody listens: events wait, the others send their latest value."""
        if self.spec.cdc is Cdc.BCR:
            return "total"
        return "event" if self.spec.cdc.is_event else "measurand"

    @property
    def severity(self) -> str:
        """The worst that the event list makes of it; '' for what makes no event."""
        found = [severity for _, severity in states_of(self.spec).values()]
        return max(found, default=Severity.INFORMATION).name.lower() if found else ""

    @property
    def states(self) -> str:
        """'1: open, 2: closed'; '' for measured values."""
        return ", ".join(f"{_number(value)}: {text}" for value, (text, _) in states_of(self.spec).items())


def signals(points: Iterable[PointSpec], scl: Scl, centres: Iterable[ControlCentre]) -> list[Signal]:
    """One line per object, in the order of the SCD; a value that is spread over several objects has several."""
    texts, centres = descriptions(scl), list(centres)
    return [signal for spec in points for signal in _signals(spec, texts, centres)]


def _signals(spec: PointSpec, texts: Mapping[tuple[int, str], str], centres: list[ControlCentre]) -> Iterator[Signal]:
    commands = spec.commands if spec.control_model is not ControlModel.STATUS_ONLY and spec.monitor is not None else ()
    groups = _groups(spec, centres)
    text = texts.get((spec.line or 0, spec.name.variable.partition(".")[2].partition(".")[0]), "")
    for monitor, command in zip_longest(spec.monitors, commands):
        yield Signal(spec, monitor, command, groups, text)


def _groups(spec: PointSpec, centres: list[ControlCentre]) -> str:
    found = []
    for centre in centres:
        services = centre.group.services
        table: Mapping[int, Patterns] = services.counters.groups if spec.cdc is Cdc.BCR else services.groups
        numbers = " ".join(str(number) for number, patterns in sorted(table.items()) if named(patterns, str(spec.name)))
        if numbers:
            found.append(numbers if len(centres) == 1 else f"{centre.name}: {numbers}")
    return "; ".join(found)


def descriptions(scl: Scl) -> dict[tuple[int, str], str]:
    """By line and name of the data object: what the file says of it, at its instance or else at its type."""
    found: dict[tuple[int, str], str] = {}
    for node in (node for ied in scl.ieds for node in ied.logical_nodes):
        for each in scl.templates.data_objects(node.type_id):
            text = node.descriptions.get(each.path[0]) or scl.templates.description(node.type_id, each.path[0])
            if text and len(each.path) == 1:
                found[node.line_of(each.path[0]), each.path[0]] = text
    return found


def _number(value: object) -> str:
    return str(int(value)) if isinstance(value, bool | Dbpos | int) else str(value)
