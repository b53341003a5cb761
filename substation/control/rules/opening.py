"""What a switch may interrupt (SAFETY S13)."""

from __future__ import annotations

import math

from models.network.elements import CapacitorBank, Switch, SwitchKind
from substation.control.instruments import BANK_STEPS
from substation.control.rules.closing import PROTECTION_STARTS
from substation.control.rules.earth_faults import earth_fault_at, joined_after
from substation.control.rules.protection import ratings_of
from substation.control.situation import Situation
from substation.image import Missing

IN_PROGRESS = 2  # RREC.AutoRecSt of IEC 61850-7-4
CURRENTS = ("MMXU1.A.phsA", "MMXU1.A.phsB", "MMXU1.A.phsC")


def reclosing_in_progress(situation: Situation) -> str:
    """S13: a load-break switch never opens in the dead time of a reclosing, nor on fault current."""
    if situation.kind is not SwitchKind.LOAD_BREAK_SWITCH:
        return ""
    for feeder in sorted(situation.feeders):
        if situation.exists(feeder, "RREC1.AutoRecSt"):
            state = situation.number(feeder, "RREC1.AutoRecSt")
            if isinstance(state, Missing):
                return f"whether {feeder} is in the dead time of a reclosing is not known: {state.reason}"
            if state == IN_PROGRESS:
                return f"{feeder} is in the dead time of a reclosing"
        for variable in PROTECTION_STARTS:
            if situation.exists(feeder, variable) and (reason := _started(situation, feeder, variable)):
                return reason
    return ""


def _started(situation: Situation, feeder: str, variable: str) -> str:
    started = situation.flag(feeder, variable)
    if isinstance(started, Missing):
        return f"whether fault current flows in {feeder} is not known: {started.reason}"
    return f"fault current flows in {feeder} ({variable})" if started else ""


def current_too_high(situation: Situation) -> str:
    """S13: opens with its feeder breaker confirmed open, or with a measured current below the rating for its kind."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.LOAD_BREAK_SWITCH or not situation.live_sides:
        return ""
    rating_a, what = _rating(situation, switch)
    for variable in CURRENTS:
        current_a = situation.number(situation.bay, variable)
        if isinstance(current_a, Missing):
            return f"the load of {switch.id} is not known while it is fed: {current_a.reason}"
        if abs(current_a) >= rating_a:
            return f"{switch.id} carries {abs(current_a):.0f} A and may open {rating_a:.0f} A{what}"
    return ""


def _rating(situation: Situation, switch: Switch) -> tuple[float, str]:
    """What it may open in A, and of what kind: a load, or a loop that stays fed from both sides."""
    if not all(situation.surely.live(node) for node in situation.grid.sides(switch)):
        return switch.breaking_current_a, ""
    ratings = ratings_of(situation, switch)
    return (0.0 if ratings is None else ratings.loop_breaking_current_a), " of a loop"


UNLOADED_A = 10.0
"""Cable-charging current in A that a load-break switch of general purpose opens, where its type does not say more."""


def charging_current_too_high(situation: Situation) -> str:
    """S13: unloaded cables draw a leading current, which is harder to break than load."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.LOAD_BREAK_SWITCH or len(situation.live_sides) != 1:
        return ""
    behind = frozenset().union(*(situation.possibly.nodes(node) for node in situation.dead_sides))
    if situation.grid.loads_at(behind) or situation.grid.generators_at(behind):
        return ""
    ratings = ratings_of(situation, switch)
    rating_a = UNLOADED_A if ratings is None else ratings.charging_breaking_current_a
    current_a = _charging_a(situation, behind)
    if current_a < rating_a:
        return ""
    what = "unloaded lines and capacitors" if situation.grid.banks_at(behind) else "unloaded lines"
    return f"the {what} behind {switch.id} draw {current_a:.1f} A, it may open {rating_a:.0f} A of such"


def _charging_a(situation: Situation, nodes: frozenset[str]) -> float:
    network = situation.grid.network
    omega = 2 * math.pi * network.frequency_hz
    lines_a = sum(
        omega * line.capacitance_f * situation.grid.node(line.from_node).nominal_voltage_v / math.sqrt(3)
        for line in network.lines
        if line.from_node in nodes
    )
    return lines_a + sum(_capacitive_a(situation, bank) for bank in situation.grid.banks_at(nodes))


def _capacitive_a(situation: Situation, bank: CapacitorBank) -> float:
    """With all its steps, where nobody knows how many are in service."""
    steps = situation.number(bank.id, BANK_STEPS) if situation.exists(bank.id, BANK_STEPS) else float(bank.steps_in)
    count = bank.steps if isinstance(steps, Missing) else steps
    return count * bank.step_var / (math.sqrt(3) * situation.grid.node(bank.node).nominal_voltage_v)


def earth_fault_stands(situation: Situation) -> str:
    """S13: while an earth fault stands, a load-break switch opens what it is rated for under earth fault."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.LOAD_BREAK_SWITCH or not situation.live_sides:
        return ""
    shown = earth_fault_at(situation, situation.joined)
    if shown is None:
        return ""
    ratings = ratings_of(situation, switch)
    rating_a = 0.0 if ratings is None else ratings.earth_fault_breaking_current_a
    current_a = joined_after(situation).capacitive_a
    if current_a < rating_a:
        return ""
    return (
        f"{shown} shows an earth fault, which may draw {current_a:.0f} A over {switch.id}; it may open {rating_a:.0f} A"
        " of such"
    )
