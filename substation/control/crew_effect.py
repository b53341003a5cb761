"""What a crew's step changes for the rules, while an order is rehearsed. Pure."""

from __future__ import annotations

from dataclasses import replace

from models.point import Dbpos, Sample
from models.switching import CrewAct, CrewTask, Order, OrderKind, Step
from substation.grid.positions import position_of
from substation.image import ProcessImage
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag, TagKind


def after_crew(image: ProcessImage, step: Step, order: Order) -> ProcessImage:
    """Earths, tags and positions as if the step were done; a position that people alone tell stays in doubt (S14)."""
    act = step.value.act if isinstance(step.value, CrewTask) else CrewAct.OTHER
    here = step.element
    if act is CrewAct.PLACE_EARTH:
        earth = Placement(-step.number, PlacementKind.EARTH, here, "the order", image.time_ns)
        return replace(image, placements=(*image.placements, earth))
    if act is CrewAct.REMOVE_EARTH:
        rest = tuple(each for each in image.placements if (each.kind, each.element) != (PlacementKind.EARTH, here))
        return replace(image, placements=rest)
    if act is CrewAct.ISSUE_PERMIT:
        permit = Tag(-step.number, TagKind.WORK_PERMIT, here, "the order", image.time_ns)
        return replace(image, tags=(*image.tags, permit))
    if act is CrewAct.RETURN_PERMIT:
        rest_of_tags = tuple(each for each in image.tags if (each.kind, each.element) != (TagKind.WORK_PERMIT, here))
        return replace(image, tags=rest_of_tags)
    if act is CrewAct.LIFT_ISOLATION:
        left = tuple(each for each in image.tags if (each.kind, each.element) != (TagKind.FAULT_ISOLATION, here))
        return replace(image, tags=left)
    return image if order.kind is OrderKind.MANUAL else _moved(image, step)


def _moved(image: ProcessImage, step: Step) -> ProcessImage:
    """Of a switch whose position the field reports."""
    name = image.register.position_of(step.element)
    handle = None if name is None else image.register.handle(name)
    if handle is None or step.position is None or not isinstance(position_of(image, step.element), Dbpos):
        return image
    sample = Sample(handle, step.position, 0, image.time_ns, image.time_ns)
    return replace(image, samples={**image.samples, handle: sample})
