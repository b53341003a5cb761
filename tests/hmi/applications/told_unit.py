"""What a running unit has told of its applications (recorded by `record`), put into the unit behind the window."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.hmi.small_unit import SmallUnit

RECORDED = Path(__file__).parents[2] / "cases" / "hmi" / "applications.json"


@cache
def _recorded() -> str:
    return RECORDED.read_text(encoding="utf-8")


def recorded(scene: str) -> dict[str, Any]:
    """By variable, a copy of its own."""
    content: dict[str, Any] = json.loads(_recorded())[scene]
    return content


def tell(unit: SmallUnit, told: dict[str, Any], after_s: float = 0.0) -> None:
    """The unit's clock is that of the record, so much later."""
    for variable, value in told.items():
        if variable not in ("Status", "Orders", "Cases"):
            unit.put(variable, value)
    for order in told["Orders"]:
        unit.put("Orders", order, key=order["id"])
    status = told["Status"]
    unit.status(applications=status["applications"], time_ns=status["time_ns"] + round(after_s * 1e9))
