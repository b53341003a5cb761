"""What a switch may interrupt (SAFETY S13)."""

from __future__ import annotations

from models.network.elements import SwitchKind
from substation.control.rules.closing import PROTECTION_STARTS
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
    """S13: opens with its feeder breaker confirmed open, or with a measured current below its rating."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.LOAD_BREAK_SWITCH or not situation.live_sides:
        return ""
    for variable in CURRENTS:
        current_a = situation.number(situation.bay, variable)
        if isinstance(current_a, Missing):
            return f"the load of {switch.id} is not known while it is fed: {current_a.reason}"
        if abs(current_a) >= switch.breaking_current_a:
            return f"{switch.id} carries {abs(current_a):.0f} A and may open {switch.breaking_current_a:.0f} A"
    return ""


def disconnector_under_load(situation: Situation) -> str:
    """S13: disconnectors never under load: a breaker of the same bay is confirmed open, or both sides are dead."""
    if situation.kind is not SwitchKind.DISCONNECTOR or not situation.live_sides:
        return ""
    breakers = [
        switch.id
        for switch in situation.grid.network.switches
        if switch.kind is SwitchKind.BREAKER and switch.id.rpartition("/")[0] == situation.bay
    ]
    if any(situation.confirmed_open(breaker) for breaker in breakers):
        return ""
    return f"{situation.element} is a disconnector and no breaker of {situation.bay} is confirmed open"
