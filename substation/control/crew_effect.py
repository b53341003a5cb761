"""What a crew's step changes for the rules, while an order is rehearsed. Pure."""

from __future__ import annotations

from dataclasses import replace

from models.switching import CrewAct, CrewTask, Step
from substation.image import ProcessImage
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag, TagKind


def after_crew(image: ProcessImage, step: Step) -> ProcessImage:
    """Earths and permits as if the step were done; a position that people tell stays in doubt (S14)."""
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
    return image
