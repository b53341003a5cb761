"""What goes wrong, and what people do, between two commands: each is one function of the unit and a drawn place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName
from models.quality import Quality
from substation.authority.authority import Level
from substation.control.request import Request
from substation.image import Mode
from substation.placements.judgement import not_placeable, not_removable
from substation.placements.placement import Placement, PlacementKind
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, PERSON, Device
from tests.substation.control.stateful.signs import SIGNS
from tests.substation.control.stateful.truth import EARTHS, SWITCHES, sides_of
from tests.substation.control.world import CB1, DISCONNECTOR, F1, F2, ISOLATING, NUMERICS, STATIONS, TIE, order, pos

if TYPE_CHECKING:
    from tests.substation.control.stateful.watched_unit import WatchedUnit

OPERATED = (CB1, TIE, *ISOLATING, "ST3/K1/E01/Q0", "ST1/K1/E01/Q0", DISCONNECTOR)
"""Switches that orders and people move in the stories."""
BLOCKING = (PointName(F1, "RREC1.BlkRec"), PointName(F2, "RREC1.BlkRec"))
MISBEHAVIOUR = [each for each in Device if each not in (Device.LOST, Device.GOOD)]
PROTECTION = [(F1, "PTOC1.Str"), (F2, "PTOC2.Str"), (F2, "PTRC1.Tr"), ("OBR1/K1/E01", "PTRC1.Tr")]
PLACES: Mapping[PlacementKind, tuple[str, ...]] = {
    PlacementKind.CUT: ("L3/W3", "L1/W1", "L4/W4"),
    PlacementKind.JUMPER: (ISOLATING[1], "ST3/K1/E01/Q0", CB1, TIE),
    PlacementKind.EARTH: ("ST3/K1/BB1/N1", "L3/W3", "L1/W1", "ST2/K1/BB1/N1"),
    PlacementKind.MOBILE_GENERATOR: ("ST3/K1/BB1/N1", "ST2/K1/BB1/N1", "L3/W3"),
}
TAGGED = (TagKind.DO_NOT_OPERATE, TagKind.WORK_PERMIT, TagKind.LIVE_LINE_WORK, TagKind.CAUTION)
MARKET = Originator(OriginatorCategory.AUTOMATIC_REMOTE, "Flex", market=True)
Disturb = Callable[["WatchedUnit", int], None]


def device(unit: WatchedUnit, drawn: int) -> None:
    """It misbehaves from now on."""
    points = (*(pos(switch) for switch in OPERATED), *BLOCKING)
    unit.field.devices[points[drawn % len(points)]] = MISBEHAVIOUR[drawn // len(points) % len(MISBEHAVIOUR)]


def deaf(unit: WatchedUnit, drawn: int) -> None:
    """What is about to be switched does not do it, or does not tell."""
    silent = (Device.SILENT, Device.MOVES_SILENTLY, Device.STAYS, Device.WRONG)
    unit.field.devices[pos(unit.aim)] = silent[drawn % len(silent)]


def position(unit: WatchedUnit, drawn: int) -> None:
    """It is not known any more."""
    places = (*OPERATED, *EARTHS, *SWITCHES)
    unit.world.qualities[pos(places[drawn % len(places)])] = int(Quality.INVALID | Quality.OLD_DATA)


def target(unit: WatchedUnit, drawn: int) -> None:
    """The position of what is about to be switched, or of what lies before it, is not known any more."""
    sides = sides_of(unit.aim)
    beside = [each for each in SWITCHES if set(sides_of(each)) & unit.field.truth().part(sides)]
    place = unit.aim if drawn % 2 else beside[drawn // 2 % len(beside)]
    unit.world.qualities[pos(place)] = int(Quality.INVALID | Quality.OLD_DATA)


def earth(unit: WatchedUnit, drawn: int) -> None:
    """Somebody earths what is about to be fed."""
    truth = unit.field.truth()
    fed = sorted(truth.with_closed(unit.aim).fed - truth.fed)
    if fed:
        _place(unit, PlacementKind.EARTH, fed[drawn % len(fed)])


def by_hand(unit: WatchedUnit, drawn: int) -> None:
    """Somebody on the spot moves a switch, an earthing switch too."""
    places = (*ISOLATING, *EARTHS, *OPERATED)
    place = places[drawn % len(places)]
    unit.field.by_hand(place, Dbpos.OFF if unit.world.values[pos(place)] is Dbpos.ON else Dbpos.ON)


def local(unit: WatchedUnit, drawn: int) -> None:
    unit.world.set(STATIONS[drawn % len(STATIONS)], "LLN0.Loc", True)


def reclosing(unit: WatchedUnit, drawn: int) -> None:
    """Somebody on the spot releases it."""
    unit.world.set((F1, F2)[drawn % 2], "RREC1.BlkRec", False)


def protection(unit: WatchedUnit, drawn: int) -> None:
    """It picks up, or trips, and drops off again."""
    where, running = PROTECTION[drawn % len(PROTECTION)], unit.running()
    unit.world.set(*where, True)
    unit.field.publish()
    unit.world.set(*where, False)
    if running is not None and (where[1] == "PTRC1.Tr" or running.id in unit.closed_in):
        unit.locked_out.add(running.id)


def tag(unit: WatchedUnit, drawn: int) -> None:
    """Where something is about to be switched, or elsewhere."""
    elements = (unit.aim, *OPERATED, unit.aim, "L4/W4", "L3/W3", "ST3/K1/BB1/N1")
    kind = TAGGED[drawn // len(elements) % len(TAGGED)]
    unit.do(unit.made.tags.place(kind, [elements[drawn % len(elements)]], "Bo", 1))


def untag(unit: WatchedUnit, drawn: int) -> None:
    """A person takes tags away; of an isolation only when nothing runs."""
    for each in unit.made.tags.tags:
        if each.kind is not TagKind.FAULT_ISOLATION or (drawn % 2 and unit.running() is None):
            assert unit.do(unit.made.tags.remove(each.id, PERSON)) == ""


def stop(unit: WatchedUnit, drawn: int) -> None:
    running = unit.running()
    if running is not None:
        unit.do((unit.made.desk.take_over, unit.made.desk.abort)[drawn % 2](running.id, PERSON))


def pause(unit: WatchedUnit, drawn: int) -> None:
    running = unit.running()
    if running is not None:
        ask = unit.made.desk.resume if unit.made.desk.pauses.by(running.id) else unit.made.desk.pause
        unit.do(ask(running.id, PERSON))


def mode(unit: WatchedUnit, drawn: int) -> None:
    unit.made.modes[(F1, F2)[drawn % 2]] = Mode.DISABLED


def place(unit: WatchedUnit, drawn: int) -> None:
    kind = tuple(PLACES)[drawn % len(PLACES)]
    _place(unit, kind, PLACES[kind][drawn // len(PLACES) % len(PLACES[kind])])


def _place(unit: WatchedUnit, kind: PlacementKind, element: str) -> None:
    """What somebody says to have placed is judged as in the unit, and then it is so."""
    if not unit.faults_are_told():
        return  # a fault that nobody has reported is nothing that anybody can respect
    wanted = Placement(0, kind, element, "Bo", 1, rated_power_w=100e3)
    unit.do(unit.made.placements.place(wanted, lambda each: not_placeable(each, *_judged(unit))))
    unit.world.measure()


def take_away(unit: WatchedUnit, drawn: int) -> None:
    for placement in unit.made.placements.placements:
        judge = partial(not_removable, placement)
        unit.do(unit.made.placements.remove(placement.id, lambda _, judge=judge: judge(*_judged(unit))))
    unit.world.measure()


def _judged(unit: WatchedUnit):  # noqa: ANN202
    return NUMERICS, unit.made.gate.careful_view(), unit.made.desk.faults


def control(unit: WatchedUnit, drawn: int) -> None:
    """Control is taken, given, released and taken over."""
    board, who = unit.made.authority, ("Bo", "Ada")[drawn // 5 % 2]
    acts = (
        lambda: board.ask(who),
        lambda: board.hand_over(who, Level.LOCAL, "Cy"),
        lambda: board.take_over(who, "why not"),
        lambda: board.release(who),
        lambda: board.hand_over(who, Level.STATION, ""),
    )
    unit.do(acts[drawn % 5]())


def insist(unit: WatchedUnit, drawn: int) -> None:
    """A faulty application asks beside the executor, in the name of the newest order; what it did may be undone."""
    steps = [step for step in order().steps if isinstance(step.value, Dbpos)]
    newest = unit.made.desk.get(f"FDIR-{unit.orders}")
    done = [step for step in (newest.steps if newest else ()) if step.value is Dbpos.ON and step.confirmed_ns]
    step = steps[drawn // 2 % len(steps)] if drawn % 2 or not done else done[-1]
    if step in done:
        unit.field.by_hand(step.element, Dbpos.OFF)
    request = Request(step.point, step.value, FDIR, order=f"FDIR-{unit.orders}", purpose=step.purpose)
    unit.ask(request, waits=True)


def reach(unit: WatchedUnit, drawn: int) -> None:
    """A faulty application wants anything, in the name of the newest order; what it closes somebody has opened."""
    value, switch = (Dbpos.ON, Dbpos.OFF)[drawn // len(OPERATED) % 2], OPERATED[drawn % len(OPERATED)]
    if value is Dbpos.ON:
        unit.field.by_hand(switch, Dbpos.OFF)
    unit.ask(Request(pos(switch), value, FDIR, order=f"FDIR-{unit.orders}"), waits=True)


def market(unit: WatchedUnit, drawn: int) -> None:
    """A market service commands what is none of its business."""
    value = (Dbpos.OFF, Dbpos.ON)[drawn // len(OPERATED) % 2]
    unit.ask(Request(pos(OPERATED[drawn % len(OPERATED)]), value, MARKET), waits=True)


def nothing(unit: WatchedUnit, drawn: int) -> None:
    """All goes well."""


WHILE_SWITCHING: tuple[Disturb, ...] = (
    *(device, deaf, target, by_hand, local, protection, tag, place, earth, control),
    *SIGNS,
)
"""What may come between a thought and its command."""
DISTURBANCES: tuple[Disturb, ...] = (
    *WHILE_SWITCHING,
    position,
    reclosing,
    untag,
    stop,
    pause,
    mode,
    take_away,
    reach,
    market,
)
