"""The image as it would be after steps that are only planned. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.point import Dbpos, PointName, Sample, Value
from models.switching import GroupChange
from substation.image import ProcessImage
from substation.mv.order import ACTIVE_GROUP
from substation.mv.vos.exchange import Exchange


def moved(
    image: ProcessImage, exchanges: Iterable[Exchange], groups: Iterable[tuple[str, GroupChange]] = ()
) -> ProcessImage:
    """With these exchanges done and these setting groups active."""
    values: dict[PointName, Value] = {}
    for each in exchanges:
        for switch, position in ((each.close, Dbpos.ON), (each.open, Dbpos.OFF)):
            point = image.register.position_of(switch) if switch else None
            if point is not None:
                values[point] = position
    values |= {PointName(feeder, ACTIVE_GROUP): change.group for feeder, change in groups}
    samples = dict(image.samples)
    for point, value in values.items():
        handle = image.register.handle(point)
        if handle is not None:
            samples[handle] = Sample(handle, value, 0, image.time_ns, image.time_ns)
    return replace(image, samples=samples)
