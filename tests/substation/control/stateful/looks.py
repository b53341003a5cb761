"""What must hold at the moment in which a device gets a command; each line of the table bears its rule (SAFETY.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.command import Action, Command, OriginatorCategory
from models.network.elements import SwitchKind
from models.point import Dbpos, PointName
from models.switching import OrderState
from substation.authority.authority import Level
from substation.control.request import Request
from substation.control.sequence import StopKind
from substation.tags import TagKind
from tests.substation.control.stateful import readings
from tests.substation.control.stateful.look import Check, Look
from tests.substation.control.stateful.truth import SWITCHES, dangers_of_closing, sides_of, touches
from tests.substation.control.world import F1, F2, ISOLATING, REGISTER, TIE, pos

if TYPE_CHECKING:
    from tests.substation.control.stateful.watched_unit import WatchedUnit

UNDER_WAY = (OrderState.APPROVED, OrderState.EXECUTING)


def flaws(unit: WatchedUnit, command: Command) -> Iterator[str]:
    """Everything that is wrong with this command, in words that begin with the rule."""
    name, made = REGISTER.spec(command.handle).name, unit.made
    if unit.database.intent(command.number) != (command.action.value, None):
        yield f"S21: {command} without an open intent on disk"
    if made.journal.open_intents:
        yield f"S22: {command} although {made.journal.open_intents[0]} is open"
    if command.action is not Action.OPERATE:
        return
    asked = next((each for each in made.gate.under_way if each.point == name), None)
    if asked is None:
        yield f"S19: {name} commanded by nobody whom the gate knows"
        return
    look = Look(unit, command, name, asked, made.desk.get(asked.order) if asked.order else None, made.field.truth())
    for check in (*ALWAYS, *(BY_AUTOMATION if look.automatic else BY_PEOPLE)):
        yield from check(look)
    if look.automatic and look.closes:
        unit.attempts.add((asked.order, name))
        unit.closed_in.add(asked.order)


def onto_danger(look: Look) -> Iterator[str]:
    """S4, S5, S17: what the close would feed."""
    if look.closes:
        tags = [tag for tag in look.unit.made.tags.tags if tag.kind.forbids_closing]
        doubtful = look.unit.made.field.doubtful_earths()
        work = [tag for tag in tags if tag.kind is not TagKind.FAULT_ISOLATION]
        yield from dangers_of_closing(look.switch, look.now, look.unit.made.field.fault, work, doubtful)


def towards_an_earth(look: Look) -> Iterator[str]:
    """S17: what makes an isolating distance is not closed towards an earth, dead or not."""
    if look.closes and look.kind in (SwitchKind.DISCONNECTOR, SwitchKind.LOAD_BREAK_SWITCH):
        for earth in (earth for node, earth in look.now.earthed.items() if node in look.joined):
            yield f"S17: {look.switch} closed towards the earth {earth}"


def under_a_tag(look: Look) -> Iterator[str]:
    for tag in look.unit.made.tags.on(look.switch):
        if tag.kind.forbids_closing if look.closes else tag.kind.forbids_opening and look.switch in SWITCHES:
            yield f"S4, S17: {look.command.value} of {look.switch}, tagged {tag.kind.value}"


def in_doubt(look: Look) -> Iterator[str]:
    """S14: neither the switch nor the path that feeds it."""
    if not look.closes:
        return
    field = look.unit.made.field
    if not field.knows(look.name):
        yield f"S14: {look.switch} closed although its position is not known"
    feeding = [side for side in sides_of(look.switch) if side in look.now.with_open(look.switch).fed]
    known = field.known().with_open(look.switch).fed
    if len(feeding) == 1 and not known & set(feeding):
        yield f"S14: {look.switch} closed although what feeds it is not known"


def while_paused(look: Look) -> Iterator[str]:
    if look.order is not None and look.order.state is OrderState.PAUSED:
        yield f"S22: {look.name} commanded although {look.order.id} is paused"


def while_local(look: Look) -> Iterator[str]:
    station = look.name.location.partition("/")[0]
    if look.unit.world.values.get(PointName(station, "LLN0.Loc")) is True:
        yield f"S18: {look.name} commanded while {station} is local"
    present = look.unit.made.authority.present
    if present.level is Level.LOCAL:
        yield f"S18: {look.name} commanded while {present} has control"


def without_authority(look: Look) -> Iterator[str]:
    present, asked = look.unit.made.authority.present, look.asked
    if present.level is not Level.FREE and not asked.order and present.holder != asked.originator.identity:
        yield f"S18: {look.name} commanded by {asked.originator.identity}, {present} has control"


def alone(look: Look) -> Iterator[str]:
    remote = look.asked.originator.category is OriginatorCategory.REMOTE_CONTROL  # where two people sit
    if look.switch == TIE and isinstance(look.asked, Request) and not look.asked.second and not remote:
        yield f"S18: {look.name} commanded by one person alone"


def beside_an_order(look: Look) -> Iterator[str]:
    """S19: the order that runs holds what it switches."""
    running = look.unit.running()
    touched = {step.element for step in running.steps} if running is not None else set()
    if running is not None and look.asked.order != running.id and look.switch in touched:
        yield f"S19: {look.name} commanded for {look.asked.order or 'a person'} while {running.id} runs"


def where_people_are(look: Look) -> Iterator[str]:
    """S17: automation stays away from what a placement touches."""
    if look.switch not in SWITCHES:
        return
    joined = look.now.with_closed(look.switch).part(sides_of(look.switch))
    for placement in look.unit.made.placements.placements:
        if touches(placement) & joined:
            yield f"S17: automation commanded {look.name} beside {placement}"


def of_no_order(look: Look) -> Iterator[str]:
    if look.order is None or look.order.state not in UNDER_WAY:
        yield f"S3: {look.name} commanded by automation; order: {look.order and look.order.state.value}"


def again(look: Look) -> Iterator[str]:
    if look.closes and (look.asked.order, look.name) in look.unit.attempts:
        yield f"S6: second attempt at {look.name} by {look.asked.order}"
    if look.name in look.unit.unknown:
        yield f"S21: {look.name} repeated although its outcome is unknown"


def after_a_stop(look: Look) -> Iterator[str]:
    stop = look.unit.made.desk.stop_of(look.asked.order)
    if stop is not None and stop.kind is StopKind.TAKE_OVER:
        yield f"S18: {look.name} commanded after a take-over"
    if look.closes and (stop is not None or look.asked.order in look.unit.locked_out):
        yield f"S22: {look.name} closed although the order was to stop"


def before_isolation(look: Look) -> Iterator[str]:
    values = look.unit.world.values
    if not look.closes:
        return
    if any(values[pos(switch)] is not Dbpos.OFF for switch in ISOLATING):
        yield f"S5: {look.name} closed before isolation"
    for feeder in (F1, F2):
        if values[PointName(feeder, "RREC1.BlkRec")] is not True:
            yield f"S6: {look.name} closed while {feeder} may reclose"


ALWAYS: tuple[Check, ...] = (
    onto_danger,
    towards_an_earth,
    under_a_tag,
    in_doubt,
    while_paused,
    while_local,
    beside_an_order,
    *readings.OF_ALL,
)
BY_PEOPLE: tuple[Check, ...] = (without_authority, alone)
BY_AUTOMATION: tuple[Check, ...] = (
    where_people_are,
    of_no_order,
    again,
    after_a_stop,
    before_isolation,
    *readings.OF_AUTOMATION,
)
