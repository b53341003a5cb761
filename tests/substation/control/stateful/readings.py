"""What must hold beside positions: what devices tell of themselves, of protection, voltage, current and generation."""

from __future__ import annotations

from collections.abc import Iterator

from models.command import OriginatorCategory
from models.network.elements import SwitchKind
from tests.substation.control.stateful.look import Check, Look
from tests.substation.control.stateful.truth import SWITCHES, Truth, sides_of
from tests.substation.control.world import CB1, CB2, F1, F2, MV_V, NETWORK, RELEASED, STATIONS, TIE

DEAD_V = 0.05 * MV_V
OFF, IN_PROGRESS, HEALTHY = 5, 2, 1
CAN_OPEN, CAN_CLOSE_AND_OPEN = 2, 3
PHASES = ("phsA", "phsB", "phsC")
GENERATOR = NETWORK.generators[0]
BREAKERS = {F1: CB1, F2: CB2}
NEAR_BALANCE = (0.7, 1.3)
"""Generation over load between which no protection sees an island."""
FED_BY_F1 = frozenset(f"{station}/K1/{bay}/Q0" for station in STATIONS for bay in ("E01", "E02"))


def ill_breaker(look: Look) -> Iterator[str]:
    if look.switch != CB1:
        return
    energy = look.tells(CB1, "XCBR1.CBOpCap")
    if look.closes and look.tells(CB1, "XCBR1.EEHealth") != HEALTHY:
        yield f"S5: {CB1} closed although it is not healthy"
    if energy < (CAN_CLOSE_AND_OPEN if look.closes else CAN_OPEN):
        yield f"S5: {CB1} commanded without stored energy ({energy})"


def onto_voltage(look: Look) -> Iterator[str]:
    """S5: what is fed was measured dead."""
    for station in STATIONS:
        if f"{station}/K1/BB1/N1" in look.newly_fed and look.tells(f"{station}/K1/BB1", "MMXU1.PPV.phsAB") > DEAD_V:
            yield f"S5: {look.switch} closed onto {station}, which has voltage"


def of_an_unexplained_trip(look: Look) -> Iterator[str]:
    own = look.order.tripped if look.order is not None else ()
    for feeder in look.unit.unexplained:
        if look.closes and look.switch in (BREAKERS[feeder], TIE) and BREAKERS[feeder] not in own:
            yield f"S10: {look.switch} closed although the trip of {feeder} is not explained"


def with_an_earth_fault(look: Look) -> Iterator[str]:
    """S10: it is fed by nobody, and automation joins nothing with it."""
    for feeder in (F1, F2):
        reached = look.joined if look.automatic and look.closes else look.newly_fed
        if look.tells(feeder, "PSDE1.Str") and reached & set(sides_of(BREAKERS[feeder])):
            yield f"S10: {look.switch} closed, {feeder} shows an earth fault"


def island(look: Look) -> Iterator[str]:
    """S12: none is made, and none is extended."""
    power_w, node = look.tells("ST3/K1/G1", "MMXU1.TotW"), GENERATOR.node
    if look.switch not in SWITCHES or power_w <= 0.01 * GENERATOR.rated_power_w:
        return
    if look.closes and node in look.joined and not look.joined & look.now.with_closed(look.switch).fed:
        yield f"S12: {look.switch} closed onto an island of {node}"
    alone = look.now.with_open(look.switch)
    if look.opens and node in look.now.fed and node not in alone.fed:
        part = alone.part([node])
        load_w = sum(look.tells(each.id, "MMXU1.TotW") for each in NETWORK.loads if each.node in part)
        if NEAR_BALANCE[0] * load_w <= power_w <= NEAR_BALANCE[1] * load_w:
            yield f"S12: {look.switch} opened and left an island at {node}"


def _seen_by_f1(look: Look) -> bool:
    """Now, or in the normal diagram; beyond a cut its protection sees nothing."""
    normal = Truth(frozenset(each.id for each in SWITCHES.values() if not each.normally_open), look.now.placements)
    behind = sides_of(CB1)[1:]
    return any(set(sides_of(look.switch)) & truth.part(behind) for truth in (look.now, normal))


def on_current(look: Look) -> Iterator[str]:
    """S13: a load-break switch in a dead time, on fault current, or above its rating."""
    if not look.opens or look.kind is not SwitchKind.LOAD_BREAK_SWITCH:
        return
    reclosing_or_fault = look.tells(F1, "RREC1.AutoRecSt") == IN_PROGRESS or _started(look, F1)
    if look.switch in FED_BY_F1 and reclosing_or_fault and _seen_by_f1(look):
        yield f"S13: {look.switch} opened in a dead time or on fault current"
    bay = look.switch.rpartition("/")[0]
    current_a = max(look.tells(bay, f"MMXU1.A.{phase}") for phase in PHASES)
    if look.now.fed & set(sides_of(look.switch)) and current_a >= SWITCHES[look.switch].breaking_current_a:
        yield f"S13: {look.switch} opened {current_a:.0f} A"


def disconnector(look: Look) -> Iterator[str]:
    if look.kind is SwitchKind.DISCONNECTOR and CB1 in look.now.closed:
        yield f"S13: {look.switch} moved while {CB1} is closed"


def _started(look: Look, feeder: str) -> bool:
    return any(look.tells(feeder, variable) for variable in ("PTOC1.Str", "PTOC2.Str"))


def while_picked_up(look: Look) -> Iterator[str]:
    if look.closes and any(_started(look, feeder) for feeder in (F1, F2)):
        yield f"S6: {look.switch} closed by automation while protection has picked up"


def not_released(look: Look) -> Iterator[str]:
    if look.switch == RELEASED and not look.tells(RELEASED, "CILO1.EnaCls" if look.closes else "CILO1.EnaOpn"):
        yield f"S21: {RELEASED} moved although its device does not release it"


def not_in_service(look: Look) -> Iterator[str]:
    """S18: what is off, and what is left to the station."""
    station = look.name.location.partition("/")[0]
    if station not in STATIONS:
        return
    if look.tells(station, "LLN0.Beh") == OFF:
        yield f"S18: {look.name} commanded although {station} is off"
    remote = look.asked.originator.category is OriginatorCategory.REMOTE_CONTROL
    if remote and look.tells(station, "LLN0.LocSta"):
        yield f"S18: {look.name} commanded from remote although the station has control"


def without_contract(look: Look) -> Iterator[str]:
    if look.asked.originator.market:
        yield f"S20: {look.name} commanded by a market service without contract"


def differing(look: Look) -> Iterator[str]:
    place = look.name.location.rpartition("/")[0] if look.switch in SWITCHES else look.name.location
    if look.unit.differing.get(place):
        yield f"S21: automation commanded {look.name} although its device differs from the SCL"


def neither_tripped_nor_tie(look: Look) -> Iterator[str]:
    if look.closes and look.switch not in (CB1, TIE):
        yield f"S3: automation closed {look.switch}"


OF_ALL: tuple[Check, ...] = (
    ill_breaker,
    onto_voltage,
    of_an_unexplained_trip,
    with_an_earth_fault,
    island,
    on_current,
    disconnector,
    not_released,
    not_in_service,
    without_contract,
)
OF_AUTOMATION: tuple[Check, ...] = (while_picked_up, differing, neither_tripped_nor_tie)
