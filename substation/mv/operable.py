"""Whether a switch can be operated from here now, as far as planning sees; the gate asks again at each command."""

from __future__ import annotations

from collections.abc import Iterable

from models.network.elements import Switch, SwitchKind
from models.point import ControlModel
from substation.image import Missing, ProcessImage
from substation.mv.indication import channel_down
from substation.mv.protection import local_control
from substation.mv.reading import bay_of, exists, number, station_of
from substation.tags import Tag

NO_REMOTE = "has no remote control"
HEALTHY, NOTHING_YET, CAN_OPEN = 1, 1, 2  # EEHealth Ok; CBOpCap None, Open (IEC 61850-7-4)


def why_not_open(image: ProcessImage, switch: Switch) -> str:
    """'' when the switch can be opened by remote control, else the reason."""
    tagged = [tag for tag in tags_on(image, switch.id) if tag.kind.forbids_opening]
    return _tagged(switch, tagged) or _not_remote(image, switch) or _unhealthy(image, switch, CAN_OPEN)


def why_not_close(image: ProcessImage, switch: Switch) -> str:
    """'' when the switch can be closed by remote control, else the reason.

    A breaker that has just reclosed lacks stored energy for seconds; it comes back while the order isolates, and the
    executor waits for it (S5), so it does not keep a close out of a plan.
    """
    tagged = [tag for tag in tags_on(image, switch.id) if tag.kind.forbids_closing]
    return _tagged(switch, tagged) or _not_remote(image, switch) or _unhealthy(image, switch, NOTHING_YET)


def why_not_moved(image: ProcessImage, switch: Switch, closes: bool, by_hand: bool) -> str:
    """'' when the switch can be operated, from here or, where `by_hand` says so, by a crew on the spot."""
    if switch.remote or not by_hand or switch.kind is SwitchKind.EARTHING_SWITCH:
        return why_not_close(image, switch) if closes else why_not_open(image, switch)
    tags = tags_on(image, switch.id)
    return _tagged(
        switch, [each for each in tags if (each.kind.forbids_closing if closes else each.kind.forbids_opening)]
    )


def tags_on(image: ProcessImage, element: str) -> Iterable[Tag]:
    """Tags of the element itself and of the bay or station that holds it."""
    return [tag for tag in image.tags if element == tag.element or element.startswith(f"{tag.element}/")]


def _tagged(switch: Switch, tags: list[Tag]) -> str:
    return f"{switch.id} is tagged '{tags[0].kind.value}' by {tags[0].holder}" if tags else ""


def _not_remote(image: ProcessImage, switch: Switch) -> str:
    if switch.kind is SwitchKind.EARTHING_SWITCH:
        return f"{switch.id} is an earthing switch"
    if not switch.remote:
        return f"{switch.id} {NO_REMOTE}"
    name = image.register.position_of(switch.id)
    handle = None if name is None else image.register.handle(name)
    if handle is None or image.register.spec(handle).control_model is ControlModel.STATUS_ONLY:
        return f"no device takes commands for {switch.id}"
    return channel_down(image, station_of(switch)) or local_control(image, switch.id)


def _unhealthy(image: ProcessImage, switch: Switch, needed: int) -> str:
    for location in (switch.id, bay_of(switch.id)):
        if exists(image, location, "XCBR1.EEHealth"):
            health = number(image, location, "XCBR1.EEHealth")
            if isinstance(health, Missing):
                return f"the health of {switch.id} is not known: {health.reason}"
            if health != HEALTHY:
                return f"{switch.id} reports a health problem (EEHealth {health:g})"
        if exists(image, location, "XCBR1.CBOpCap"):
            energy = number(image, location, "XCBR1.CBOpCap")
            if isinstance(energy, Missing):
                return f"the stored energy of {switch.id} is not known: {energy.reason}"
            if energy < needed:
                return f"{switch.id} lacks stored energy (CBOpCap {energy:g})"
    return ""
