"""Which points are the active setting group of a logical device. Free of the library: the unit loads it."""

from __future__ import annotations

from models.point import PointSpec

SUFFIX = "/LLN0.SGCB"
"""How the reference of a point of this kind ends."""


def is_group_point(spec: PointSpec) -> bool:
    """Whether the point is the active setting group of a logical device."""
    return spec.reference.endswith(SUFFIX)


def domain_of(spec: PointSpec) -> str:
    return spec.reference.removesuffix(SUFFIX)
