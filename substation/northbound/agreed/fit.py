"""Whether what stands in `[[control_centre]]` fits the points of the site: patterns, packed objects, addresses.

What fits nothing is most likely mistyped, and would be missing unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.point import Cdc, ControlModel, PointSpec
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind, static_type
from protocols.iec104.controlled_station.service_settings import named
from substation.northbound.agreed.settings import ControlCentre

Fits = Callable[[PointSpec], bool]
Address = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Misfit:
    """text: what to look for in unit.toml."""

    text: str
    problem: str
    remedy: str


def _kinds(spec: PointSpec) -> set[Kind]:
    return {TYPES[address.type_id].kind for address in spec.monitors}


def _may(cause: Cause) -> Fits:
    return lambda spec: any(cause in TYPES[static_type(each.type_id)].monitored for each in spec.monitors)


def _is_total(spec: PointSpec) -> bool:
    return spec.cdc is Cdc.BCR


def _is_measurand(spec: PointSpec) -> bool:
    return not spec.cdc.is_event and not _is_total(spec)


def _is_commanded(spec: PointSpec) -> bool:
    return bool(spec.commands) and spec.control_model is not ControlModel.STATUS_ONLY


_IN_STATION = _may(Cause.STATION)


def misfits(centres: Sequence[ControlCentre], specs: Iterable[PointSpec]) -> list[Misfit]:
    """Of all control centres, in the order of unit.toml's keys."""
    known = [spec for spec in specs if spec.monitor is not None]
    taken = {
        (each.common_address, each.object_address): str(spec.name)
        for spec in known
        for each in (*spec.monitors, *spec.commands)
    }
    found: list[Misfit] = []
    for centre in centres:
        found += _overflow(centre, taken)  # every control centre sees all of these
    for centre in centres:
        found += (*_patterns(centre, known), *_packed(centre, known, taken), *_files(centre, taken))
    return found


def _patterns(centre: ControlCentre, specs: Sequence[PointSpec]) -> Iterator[Misfit]:
    services = centre.group.services
    rows: list[tuple[str, Iterable[Sequence[str]], Fits, str]] = [
        ("groups", services.groups.values(), _IN_STATION, "a point that interrogations answer"),
        ("counters.groups", services.counters.groups.values(), _is_total, "an integrated total"),
        ("deadband", (row.points for row in services.deadbands), _is_measurand, "a measurand"),
        ("periodic", (row.points for row in services.periodic), _may(Cause.PERIODIC), "a measurand"),
        (
            "background",
            (row.points for row in services.background),
            _may(Cause.BACKGROUND),
            "a point that may be scanned",
        ),
        (
            "commands",
            [centre.commands.patterns] if centre.commands.patterns != ("*",) else [],
            _is_commanded,
            "commanded",
        ),
    ]
    for key, every, fits, what in rows:
        names = [str(spec.name) for spec in specs if fits(spec)]
        for pattern in (each for patterns in every for each in patterns):
            if not any(named([pattern], name) for name in names):
                problem = f"control centre {centre.name}: {key} names points {pattern!r}, and none is {what}"
                yield Misfit(pattern, problem, "see 'ringmain signals' for names, classes and addresses")


def _packed(centre: ControlCentre, specs: Sequence[PointSpec], taken: dict[Address, str]) -> Iterator[Misfit]:
    single = {str(spec.name) for spec in specs if Kind.SINGLE in _kinds(spec) and not spec.more_monitors}
    stations = {station for station, _ in taken}
    own: dict[Address, str] = dict(taken)
    for row in centre.group.services.packed:
        where = f"control centre {centre.name}: packed object {row.common_address}/{row.object_address}"
        for name in row.points:
            if name not in single:
                problem = f"{where} names {name!r}, which is no single point with an IEC 104 address"
                yield Misfit(name, problem, "see 'ringmain signals' for points of type 30")
        if row.common_address not in stations:
            yield Misfit("packed", f"{where}: no point has this common address", "give one that points have")
        yield from _free(own, (row.common_address, row.object_address), where)
        own[row.common_address, row.object_address] = "another packed object"


def _overflow(centre: ControlCentre, taken: dict[Address, str]) -> Iterator[Misfit]:
    if centre.group.overflow is not None:
        where = f"control centre {centre.name}: overflow {centre.group.overflow[0]}/{centre.group.overflow[1]}"
        yield from _free(taken, centre.group.overflow, where)
        taken[centre.group.overflow] = f"the overflow point of {centre.name}"


def _free(taken: Mapping[Address, str], address: Address, where: str) -> Iterator[Misfit]:
    if address in taken:
        yield Misfit(str(address[1]), f"{where}: the address is that of {taken[address]}", "give one that is free")


def _files(centre: ControlCentre, taken: Mapping[Address, str]) -> Iterator[Misfit]:
    files = centre.files
    if files is None:
        return
    station = files.common_address or min((station for station, _ in taken), default=0)
    for number in range(files.object_address, files.object_address + files.count):
        if (station, number) in taken:
            problem = f"control centre {centre.name}: files would stand at {station}/{number}, the address of "
            remedy = "give 'object_address' and 'count' of files that leave the points' addresses alone"
            yield Misfit("object_address", problem + taken[station, number], remedy)
            return
