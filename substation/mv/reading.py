"""Single readings of the image with their type made sure."""

from __future__ import annotations

from models.network.elements import Switch
from models.point import PointName, Sample
from substation.image import Missing, ProcessImage


def exists(image: ProcessImage, location: str, variable: str) -> bool:
    """Some device has the point."""
    return image.register.handle(PointName(location, variable)) is not None


def flag(image: ProcessImage, location: str, variable: str) -> bool | Missing:
    sample = image.read(PointName(location, variable))
    return sample if isinstance(sample, Missing) else bool(sample.value)


def number(image: ProcessImage, location: str, variable: str) -> float | Missing:
    sample = image.read(PointName(location, variable))
    if isinstance(sample, Missing):
        return sample
    if isinstance(sample.value, str):
        return Missing(PointName(location, variable), f"{location}/{variable} is text, not a number")
    return float(sample.value)


def time_of(sample: Sample) -> int:
    """The device's time where it gave one, else the time of arrival; ns UTC."""
    return sample.arrival_time_ns if sample.source_time_ns is None else sample.source_time_ns


def bay_of(switch: str) -> str:
    """The bay of a switch: `ST103/K1/E01/Q0` stands in `ST103/K1/E01`."""
    return switch.rpartition("/")[0]


def station_of(switch: Switch) -> str:
    """The SCL substation that holds the switch: the first part of its path."""
    return switch.id.partition("/")[0]
