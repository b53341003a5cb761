"""Protection keeps working in the state after a close (SAFETY S15).

The protection that counts is that of the last feeder breaker on the way to what is fed; where that is a line recloser,
those before it have to let the load pass. What the network does not say
of it keeps automation from closing; people are stopped by what is known to be wrong.
"""

from __future__ import annotations

from models.network.elements import Feeder, SettingGroup, Switch, SwitchKind, SwitchType
from models.switching import GroupChange
from substation.control.numerics import State
from substation.control.rules.protected import Protected
from substation.control.situation import Situation
from substation.grid.short_circuit import Case, peak_factor
from substation.grid.topology import Tree
from substation.image import Missing

ACTIVE_GROUP = "LLN0.ActSG"
"""Point of a feeder bay that tells the active setting group (LLN0 ActSG of its protection)."""


def reach_and_load(situation: Situation) -> str:
    """S15: load stays below the pickup, and the smallest two-phase fault at every new far end is above it."""
    if not situation.energised or isinstance(situation.after, str):
        return ""  # where the state cannot be computed, S16 says no
    feeder = _protecting(situation, situation.after.flow.tree)
    if feeder is None:
        return _missing(situation, f"no feeder breaker protects what {situation.element} would feed")
    if not feeder.settings:
        return _missing(
            situation, f"the protection settings of {feeder.id} are not known (key 'settings' of the feeder)"
        )
    active = _active_group(situation, feeder)
    if isinstance(active, str):
        return active
    reason = _unfit(situation, feeder, active)
    if not reason:
        return _outer_load(situation, situation.after)
    better = _better(situation, feeder, active)
    change = f"; switch it to setting group {better.group} and see it confirmed first" if better else ""
    return f"{reason} (setting group {active.group}){change}"


def _outer_load(situation: Situation, after: State) -> str:
    """The load that comes back passes every feeder before the last one on the way."""
    topology, margins = situation.numerics.topology, situation.settings.restoring
    for feeder in topology.feeders_of(min(situation.energised), after.flow.tree)[1:]:
        active = _active_group(situation, feeder) if feeder.settings else f"the settings of {feeder.id} are not known"
        if isinstance(active, str):
            return _missing(situation, active)
        protected = Protected(situation.numerics, margins, feeder, after.flow, ())
        if reason := protected.load_too_high(active, "would carry", "with the load that comes back, "):
            return f"{reason} (setting group {active.group})"
    return ""


def _better(situation: Situation, feeder: Feeder, active: SettingGroup) -> SettingGroup | None:
    return next((each for each in feeder.settings if each != active and not _unfit(situation, feeder, each)), None)


def fitting_group(situation: Situation) -> tuple[str, GroupChange] | None:
    """The feeder whose setting group has to be another one before this close, and which; None when none would do."""
    if not situation.energised or isinstance(situation.after, str):
        return None
    feeder = _protecting(situation, situation.after.flow.tree)
    active = _active_group(situation, feeder) if feeder else ""
    if feeder is None or isinstance(active, str) or not situation.exists(feeder.id, ACTIVE_GROUP):
        return None
    better = _better(situation, feeder, active) if _unfit(situation, feeder, active) else None
    return None if better is None else (feeder.id, GroupChange(better.group, active.group))


def _missing(situation: Situation, reason: str) -> str:
    return f"{reason}; automation closes nothing there" if situation.request.automatic else ""


def _protecting(situation: Situation, tree: Tree) -> Feeder | None:
    """The feeder whose breaker is the last one on the way to what would be fed."""
    topology = situation.numerics.topology
    return topology.feeder_of(min(situation.energised), tree)


def _active_group(situation: Situation, feeder: Feeder) -> SettingGroup | str:
    """One group needs no point; of several, the device has to say which one is active."""
    if not situation.exists(feeder.id, ACTIVE_GROUP):
        if len(feeder.settings) == 1:
            return feeder.settings[0]
        return f"no device tells which setting group of {feeder.id} is active ({ACTIVE_GROUP})"
    number = situation.number(feeder.id, ACTIVE_GROUP)
    if isinstance(number, Missing):
        return f"the active setting group of {feeder.id} is not known: {number.reason}"
    found = next((each for each in feeder.settings if each.group == number), None)
    return found or f"setting group {number:.0f} of {feeder.id} is active, and its settings are not known"


def _unfit(situation: Situation, feeder: Feeder, settings: SettingGroup) -> str:
    after = situation.after
    if isinstance(after, str):
        return after
    protected = Protected(situation.numerics, situation.settings.restoring, feeder, after.flow, situation.energised)
    return protected.unfit(settings, "would carry", "with the load that comes back, ")


def making_and_withstand(situation: Situation) -> str:
    """S15: the switch can close onto the greatest fault that may wait there, and carry it until it is cleared."""
    switch = situation.switch
    if switch is None or not situation.energised or isinstance(situation.after, str):
        return ""
    ratings = ratings_of(situation, switch)
    if ratings is None:
        return _missing(situation, f"the ratings of {switch.id} are not known (key 'type' of the switch)")
    numerics, tree = situation.numerics, situation.after.flow.tree
    node = numerics.topology.arrays.node_index[situation.live_sides[0]]
    impedance = numerics.circuits.impedances_pu(tree, [node], Case.GREATEST).get(node)
    if impedance is None:
        return ""
    current_a = numerics.circuits.greatest_a(node, impedance)
    return beyond_ratings(switch, ratings, current_a, peak_factor(impedance) * 2**0.5 * current_a)


def ratings_of(situation: Situation, switch: Switch) -> SwitchType | None:
    return next((each for each in situation.grid.network.switch_types if each.id == switch.type), None)


def beyond_ratings(switch: Switch, ratings: SwitchType, current_a: float, peak_a: float) -> str:
    """Why a switch stands no fault of this current (rms) and peak; '' when it does."""
    if peak_a > ratings.making_current_a:
        return f"{switch.id} may make {ratings.making_current_a:.0f} A (peak), a fault there gives {peak_a:.0f} A"
    if current_a > ratings.withstand_current_a:
        return f"{switch.id} withstands {ratings.withstand_current_a:.0f} A, a fault there gives {current_a:.0f} A"
    if switch.kind is SwitchKind.BREAKER and current_a > switch.breaking_current_a:
        return f"{switch.id} breaks {switch.breaking_current_a:.0f} A, a fault there gives {current_a:.0f} A"
    return ""
