"""Device and SCL differ: said in one way by whatever finds it out."""

from __future__ import annotations

from models.errors import LinkError


def mismatch(what: str, expected: object, actual: object) -> LinkError:
    """Device and SCL differ: both values and the remedy."""
    return LinkError(
        f"config mismatch: {what} is {expected} in the SCL, {actual} in the device; load the same SCL in both"
    )
