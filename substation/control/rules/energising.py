"""Before energising (SAFETY S5, S14): isolation confirmed by the field, the target dead, the breaker healthy."""

from __future__ import annotations

from models.network.elements import Generator, SwitchKind
from models.scl.grid import UNSEEN
from models.switching import Purpose
from substation.control.rules.voltage import DEAD_PU, voltages_pu
from substation.control.situation import Situation
from substation.image import Missing

IDLE_PU = 0.01
"""Below this share of its rated power a generator counts as producing nothing."""
HEALTHY, CAN_OPEN, CAN_CLOSE_AND_OPEN = 1, 2, 3  # EEHealth Ok; CBOpCap Open, Close-Open (IEC 61850-7-4)


def fault_not_isolated(situation: Situation) -> str:
    """S5: every isolating position confirmed open from the field, and nothing joins the target with a faulted zone."""
    order = situation.context.order
    for step in order.steps if order else ():
        if step.purpose is Purpose.ISOLATE and not situation.confirmed_open(step.element):
            return f"the isolating switch {step.element} is not confirmed open"
    if situation.switch is None:
        return ""
    for name, elements in situation.context.faults.items():
        for element in elements:
            if situation.grid.nodes_of(element) & situation.joined:
                return f"{situation.element} would feed {element}, faulted in order {name}{_doubt(situation)}"
    return ""


def _doubt(situation: Situation) -> str:
    doubtful = (situation.grid.switches[name] for name in situation.doubtful)
    near = [each for each in doubtful if situation.joined & set(situation.grid.sides(each))]
    reasons = situation.doubts(near)
    return f" ({reasons[0]})" if reasons else ""


def target_not_dead(situation: Situation) -> str:
    """S5: the target measured dead, or without any source: no voltage source by topology, no generator at work.

    A busbar stands for everything that confirmed closed switches join with it; each such part is proven by itself.
    """
    unproven = situation.energised
    while unproven:
        part = situation.surely.nodes(min(unproven))
        if reason := _part_not_dead(situation, part):
            return reason
        unproven -= part
    return ""


def _part_not_dead(situation: Situation, part: frozenset[str]) -> str:
    measured = voltages_pu(situation, part)
    for value in measured:
        if not isinstance(value, Missing) and value >= DEAD_PU:
            return f"the target is not dead: {value:.0%} of nominal voltage in the part of {min(part)}"
    if any(not isinstance(value, Missing) for value in measured):
        return ""
    for generator in situation.grid.generators_at(part):
        if leaves_the_drawing(situation, generator):
            return f"{generator.id} leaves the drawing and may feed the target, where no voltage is measured"
        power_w = situation.number(generator.id.rpartition("/")[0], "MMXU1.TotW")
        if isinstance(power_w, Missing):
            return f"{generator.id} may feed the target: no voltage is measured there, and {power_w.reason}"
        if is_at_work(power_w, generator):
            return f"{generator.id} produces {power_w:.0f} W into the target, where no voltage is measured"
    return ""


def leaves_the_drawing(situation: Situation, generator: Generator) -> bool:
    """Whether it stands for a line, or an open end, whose other side the SCL file does not show."""
    return situation.grid.network.topology_only and generator.kind in UNSEEN


def is_at_work(power_w: float, generator: Generator) -> bool:
    """AlgorithmError where its rating is not stated: then nobody says what is little."""
    return abs(power_w) > IDLE_PU * generator.rated_power_w


def generation_not_gone(situation: Situation) -> str:
    """S11: where no voltage is measured, generation is closed onto after its loss-of-mains time, not before.

    That it produces nothing is asked by S5. The time counts from when the part lost its last way to a source.
    """
    for generator in situation.grid.generators_at(situation.energised):
        part = situation.surely.nodes(generator.node)
        if (reason := _perhaps_at_work(situation, generator)) and not _measured(situation, part):
            return reason
    return ""


def _measured(situation: Situation, part: frozenset[str]) -> bool:
    return any(not isinstance(value, Missing) for value in voltages_pu(situation, part))


def _perhaps_at_work(situation: Situation, generator: Generator) -> str:
    wait_s = generator.loss_of_mains_s
    if wait_s is None:
        reason = f"no voltage is measured at {generator.id}, and no loss-of-mains protection is declared"
        return f"{reason} (key 'loss_of_mains_s'); people close there" if situation.request.automatic else ""
    if not _fed_within(situation, generator.node, wait_s):
        return ""
    return f"{generator.id} may still feed its part: it lost its source less than {wait_s:g} s ago"


def _fed_within(situation: Situation, node: str, seconds: float) -> bool:
    """Whether switches that have opened so lately joined the node, and all that surely hangs there, with a source."""
    since_ns = situation.image.time_ns - round(seconds * 1e9)
    lately = {each for each, moved_ns in situation.opened_ns.items() if moved_ns > since_ns}
    return bool(lately) and situation.grid.islands(situation.possibly_closed | lately).live(node)


def breaker_not_healthy(situation: Situation) -> str:
    """S5: health and gas, as the breaker reports them."""
    return _health(situation) if situation.kind is SwitchKind.BREAKER else ""


def lacks_stored_energy(situation: Situation) -> str:
    """S5: enough stored energy for the operation, and for a trip after a close. It comes back by itself."""
    breaker = situation.kind is SwitchKind.BREAKER
    point = situation.image.register.breaker_point(situation.element, "CBOpCap")
    if not breaker or not situation.exists(point.location, point.variable):
        return ""
    capability = situation.number(point.location, point.variable)
    if isinstance(capability, Missing):
        return f"the operating capability of the breaker is not known: {capability.reason}"
    if capability < (CAN_CLOSE_AND_OPEN if situation.request.closes else CAN_OPEN):
        return f"the breaker {situation.element} has not enough stored energy (CBOpCap {capability:.0f})"
    return ""


def _health(situation: Situation) -> str:
    point = situation.image.register.breaker_point(situation.element, "EEHealth")
    if not situation.exists(point.location, point.variable):
        remedy = "put it into a data set that is reported; where the device has none, people close it on the spot"
        return f"the health of the breaker is not known: no device tells EEHealth of {situation.element}; {remedy}"
    health = situation.number(point.location, point.variable)
    if isinstance(health, Missing):
        return f"the health of the breaker is not known: {health.reason}"
    return "" if health == HEALTHY else f"the breaker {situation.element} reports a fault (EEHealth {health:.0f})"


def position_in_doubt(situation: Situation) -> str:
    """S14: what is doubtful counts as open when feeding, and a switch in doubt is not closed."""
    if situation.switch is None:
        return ""
    position = situation.positions[situation.element]
    if isinstance(position, Missing):
        return f"{position.reason}; it is not closed"
    for node in situation.live_sides:
        if situation.energised and not situation.surely.live(node):
            doubtful = (situation.grid.switches[name] for name in situation.doubtful)
            reasons = situation.doubts(each for each in doubtful if situation.joined & set(situation.grid.sides(each)))
            return f"the path that feeds {situation.element} is not confirmed: {'; '.join(reasons[:2])}"
    return ""
