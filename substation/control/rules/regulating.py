"""What forbids a step of a tap changer or a set-point (SAFETY S14, S16, S17, S18, S19). Pure.

Where a rule needs data that are missing, stale or invalid, its answer is no.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.quality import is_actionable
from substation.control.confirmation import immaterial
from substation.control.regulating import Standpoint
from substation.control.regulation import SetPoint, StepCommand
from substation.control.rules.authority import local_at
from substation.image import Missing
from substation.tags import Tag, TagKind

AUTOMATIC, BANK_AUTOMATIC = "ATCC1.Auto", "ARCO1.Auto"
DISCHARGING = "ARCO1.DschBlk"
_END_POSITIONS = {StepCommand.RAISE: "YLTC1.EndPosR", StepCommand.LOWER: "YLTC1.EndPosL"}


def leased_to_another(standpoint: Standpoint) -> str:
    """S19: a running sequence holds what it touches: the equipment, and every feeder and transformer it works on."""
    leases, own = standpoint.context.leases, standpoint.request.order
    others = {resource: holder for resource, holder in leases.items() if holder != own}
    if not others:
        return ""
    for resource in (standpoint.element, *sorted(standpoint.feeders), *sorted(standpoint.transformers)):
        if resource in others:
            return f"{resource} is held by the running order {others[resource]}; abort it to take over"
    if not standpoint.nodes:
        holder = next(iter(others.values()))
        return f"order {holder} is running, and which feeders {standpoint.element} works on is not known"
    return _leased_nodes(standpoint, others)


def _leased_nodes(standpoint: Standpoint, others: dict[str, str]) -> str:
    for resource, holder in others.items():
        if standpoint.grid.nodes_of(resource) & standpoint.nodes:
            return f"{resource} is held by the running order {holder}; abort it to take over"
    return ""


def local_control(standpoint: Standpoint) -> str:
    """S18: local control at the equipment, at the bays that it feeds, or at their stations."""
    for place in _places(standpoint):
        if reason := local_at(standpoint, place):
            return reason
    return ""


def _places(standpoint: Standpoint) -> Iterator[str]:
    yield standpoint.element
    yield from sorted({node.rpartition("/")[0] for node in standpoint.nodes})


def automatic_control(standpoint: Standpoint) -> str:
    """S18: one holder: what the automatic voltage regulator moves, or a bank's own controller, nobody else does."""
    variable = AUTOMATIC if standpoint.bank is None else BANK_AUTOMATIC
    if not standpoint.moves_taps or not standpoint.exists(standpoint.element, variable):
        return ""
    automatic = standpoint.flag(standpoint.element, variable)
    if isinstance(automatic, Missing):
        return f"whether automatic voltage control holds {standpoint.element} is not known: {automatic.reason}"
    return f"automatic voltage control holds {standpoint.element} ({variable})" if automatic else ""


def bank_not_discharged(standpoint: Standpoint) -> str:
    """S5: a capacitor that still bears its charge is not switched on."""
    if standpoint.bank is None or standpoint.request.value is not StepCommand.RAISE:
        return ""
    if not standpoint.exists(standpoint.element, DISCHARGING):
        return ""
    discharging = standpoint.flag(standpoint.element, DISCHARGING)
    if isinstance(discharging, Missing):
        return f"whether {standpoint.element} is discharged is not known: {discharging.reason}"
    return f"{standpoint.element} is not discharged yet ({DISCHARGING})" if discharging else ""


def feedback_in_doubt(standpoint: Standpoint) -> str:
    """S14: nothing is regulated whose present value is not known; the outcome could not be seen either."""
    present = standpoint.present
    if not isinstance(present, Missing):
        return ""
    point = standpoint.request.point
    sample = standpoint.image.raw(point)
    if sample is not None and is_actionable(sample.quality & ~immaterial(point)):
        return ""
    return f"{present.reason}; it is not regulated blindly"


def end_of_range(standpoint: Standpoint) -> str:
    """S16: a tap changer stays within its positions, a capacitor bank has so many steps."""
    wanted = standpoint.wanted_position
    if wanted is None:
        return ""
    bounds = standpoint.range
    if bounds is not None and not bounds.least <= wanted <= bounds.greatest:
        positions = f"{bounds.least:g} to {bounds.greatest:g}"
        return f"{standpoint.element} would go to {wanted:g}, its positions are {positions}"
    return _at_end(standpoint)


def _at_end(standpoint: Standpoint) -> str:
    wanted = standpoint.request.value
    variable = _END_POSITIONS[wanted] if isinstance(wanted, StepCommand) else ""
    if not variable or not standpoint.exists(standpoint.element, variable):
        return ""
    reached = standpoint.flag(standpoint.element, variable)
    if isinstance(reached, Missing):
        return f"whether {standpoint.element} is at its end is not known: {reached.reason}"
    return f"{standpoint.element} is at its end ({variable})" if reached else ""


def set_point_out_of_range(standpoint: Standpoint) -> str:
    """S16: a power within the ratings of the generators that it is for, a percentage within 0 and 100."""
    wanted = standpoint.request.value
    if not isinstance(wanted, SetPoint) or standpoint.moves_taps:
        return ""
    bounds, unit = standpoint.range, standpoint.unit
    if bounds is None and standpoint.grid.network.topology_only:
        return f"the rating of {standpoint.element} is not stated; add network.json"
    if bounds is None or bounds.least <= wanted.commanded <= bounds.greatest:
        return ""
    suffix = f" {unit}" if unit else ""
    allowed = f"{bounds.least:g} to {bounds.greatest:g}{suffix}"
    return f"{wanted.commanded:g}{suffix} is outside {allowed} of {standpoint.request.point}"


def tagged(standpoint: Standpoint) -> str:
    """S17: all tags on the equipment, in its bay and on the conductors at its terminals must be gone."""
    for tag in standpoint.image.tags:
        if tag.kind is not TagKind.CAUTION and _concerns(standpoint, tag):
            origin = f"by {tag.holder}, {tag.reference}" if tag.reference else f"by {tag.holder}"
            return f"{tag.element} is tagged '{tag.kind.value}' ({origin})"
    return ""


def _concerns(standpoint: Standpoint, tag: Tag) -> bool:
    element = standpoint.element
    if tag.element == element or element.startswith(f"{tag.element}/") or tag.element.startswith(f"{element}/"):
        return True
    return bool(standpoint.grid.nodes_of(tag.element) & standpoint.nodes)
