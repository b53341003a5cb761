"""What the bay's own interlocking (CILO of IEC 61850-7-4) says about a switch, beside what topology says (SAFETY S21).

Both are asked: the devices know what no diagram shows. False or not fresh is no, for people and for automation.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from models.point import PointName
from models.switching import SwitchAction
from substation.control.rules.bay import closes_onto_earth, disconnector_under_load
from substation.control.rules.earthing import earthing_switch
from substation.control.rules.transfer import holds_transfer
from substation.control.situation import Situation
from substation.image import Missing

_RELEASES = {SwitchAction.OPEN: "EnaOpn", SwitchAction.CLOSE: "EnaCls"}
_CONTROLLER = re.compile(r"CSWI(?=\d+\.Pos$)")
_TOPOLOGY: dict[SwitchAction, tuple[Callable[[Situation], str], ...]] = {
    SwitchAction.OPEN: (earthing_switch, holds_transfer, disconnector_under_load),
    SwitchAction.CLOSE: (earthing_switch, closes_onto_earth, disconnector_under_load),
}
"""What may explain the device's answer."""


def not_released(situation: Situation) -> str:
    """S21: the interlocking of the device releases the movement now."""
    release = _release_of(situation)
    if release is None:
        return ""
    released = situation.flag(release.location, release.variable)
    name = f"{release.variable} of {situation.element}"
    if isinstance(released, Missing):
        return f"whether the device's interlocking releases is not known ({name}): {released.reason}"
    return "" if released else f"{name} is false: {_explained(situation)}"


def _release_of(situation: Situation) -> PointName | None:
    """CILO with the prefix and number of the switch's CSWI, at the switch or at its bay; else the only one there."""
    wanted = _RELEASES.get(situation.request.action)
    if wanted is None or situation.switch is None:
        return None
    position = situation.image.register.position_of(situation.element)
    twin = "" if position is None else _CONTROLLER.sub("CILO", position.variable).replace(".Pos", f".{wanted}")
    for location in (situation.element, situation.bay):
        if twin and situation.exists(location, twin):
            return PointName(location, twin)
    only = f"CILO1.{wanted}"
    return PointName(situation.element, only) if situation.exists(situation.element, only) else None


def _explained(situation: Situation) -> str:
    """What topology says, so that a person knows what to look for."""
    for check in _TOPOLOGY[situation.request.action]:
        if reason := check(situation):
            return reason
    return "topology shows no reason, so the device knows more (its own blocking, a position that it sees otherwise)"
