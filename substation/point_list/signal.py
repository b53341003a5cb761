"""One line of the point list: an object of a point, the object that commands it, and what both mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from models.alarm import Severity
from models.point import Cdc, ControlModel, Dbpos, Iec104Address, PointSpec
from models.scl.elements import Scl
from protocols.iec104.application.types import static_type
from protocols.iec104.controlled_station.service_settings import Patterns, named
from substation.northbound.agreed.settings import ControlCentre
from substation.process_events import states_of


@dataclass(frozen=True, slots=True)
class Signal:
    """monitor, command: None where this line has none. groups: of interrogation or, of totals, of counter
    interrogation, '1 2' or 'NCC: 1 2'. only: the control centre that alone has it. members: names of packed points.
    in_packed: control centres to which a packed object answers it; alone: there are others."""

    spec: PointSpec
    monitor: Iec104Address | None
    command: Iec104Address | None
    groups: str
    description: str
    only: str = ""
    members: tuple[str, ...] = ()
    in_packed: frozenset[str] = frozenset()
    alone: bool = True

    @property
    def static_type(self) -> int | None:
        """What interrogations answer; None for events of protection equipment, which they leave out, and for what
        packed objects answer in its place."""
        if self.monitor is None or not self.alone:
            return None
        found = static_type(self.monitor.type_id)
        return found if found != self.monitor.type_id or self.members else None

    @property
    def transmission(self) -> str:
        """What becomes of it when nobody listens: events wait, the others send their latest value."""
        if self.members:
            return "on request"
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
    return [signal for spec in points for signal in _signals(spec, texts, centres, _packed_by(centres))]


def _packed_by(centres: Iterable[ControlCentre]) -> Mapping[str, frozenset[str]]:
    """Control centres by point that a packed object tells."""
    found: dict[str, frozenset[str]] = {}
    for centre in centres:
        for name in (name for row in centre.group.services.packed for name in row.points):
            found[name] = found.get(name, frozenset()) | {centre.name}
    return found


def _signals(
    spec: PointSpec,
    texts: Mapping[tuple[int, str], str],
    centres: list[ControlCentre],
    packed: Mapping[str, frozenset[str]],
) -> Iterator[Signal]:
    commands = spec.commands if spec.control_model is not ControlModel.STATUS_ONLY and spec.monitor is not None else ()
    groups = groups_of([str(spec.name)], spec.cdc is Cdc.BCR, centres)
    text = texts.get((spec.line or 0, spec.name.variable.partition(".")[2].partition(".")[0]), "")
    for monitor, command in zip_longest(spec.monitors, commands):
        by = packed.get(str(spec.name), frozenset())
        yield Signal(spec, monitor, command, groups, text, in_packed=by, alone=not by or len(by) < len(centres))


def groups_of(names: Sequence[str], is_total: bool, centres: Sequence[ControlCentre]) -> str:
    """Numbers of the groups that name one of these points."""
    found = []
    for centre in centres:
        services = centre.group.services
        table: Mapping[int, Patterns] = services.counters.groups if is_total else services.groups
        fit = [number for number, patterns in sorted(table.items()) if any(named(patterns, name) for name in names)]
        numbers = " ".join(map(str, fit))
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
