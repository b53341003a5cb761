"""Which switch a CSWI commands where the substation section does not tell."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.primary import SWITCH_CLASSES
from sim_ied.nodes.switch import Switch


def switch_of(context: Context) -> Switch:
    """By LNode link; else in the logical device (else the IED) by prefix and number, by number, then in their order.

    A controller that none is left for gets a switch of its own, so that it can be commanded all the same.
    """
    linked = context.primary.linked(context.key)
    if linked is not None:
        return linked
    drives = sorted(context.around(*SWITCH_CLASSES), key=lambda each: SWITCH_CLASSES.index(each.key.ln_class))
    controllers = [each for each in context.around("CSWI") if context.primary.linked(each.key) is None]
    pairs = _paired(controllers, drives)
    drive = pairs.get(str(context.key))
    found = None if drive is None else context.primary.linked(drive.key)
    return found or context.primary.own_switch(context.key)


def _paired(controllers: list[Behaviour], drives: list[Behaviour]) -> dict[str, Behaviour]:
    free, pairs = list(drives), dict[str, Behaviour]()
    for alike in (_same_name, _same_number, _any):
        for each in controllers:
            drive = next((other for other in free if alike(each, other)), None)
            if str(each.key) not in pairs and drive is not None:
                pairs[str(each.key)] = drive
                free.remove(drive)
    return pairs


def _same_name(one: Behaviour, other: Behaviour) -> bool:
    return _same_number(one, other) and one.key.prefix == other.key.prefix


def _same_number(one: Behaviour, other: Behaviour) -> bool:
    return one.key.instance == other.key.instance


def _any(one: Behaviour, other: Behaviour) -> bool:
    return True
