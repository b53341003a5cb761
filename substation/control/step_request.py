"""What a step of an order asks of the gate."""

from __future__ import annotations

from collections.abc import Callable

from models.command import Originator
from models.switching import CrewTask, GroupChange, Step
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.request import Request, never_barred


def request_of(
    step: Step,
    originator: Originator,
    order: str,
    why: str = "",
    barred: Callable[[], str] = never_barred,
    second: str = "",
) -> Request | RegulatingRequest:
    """A setting group is a set-point that is read back; everything else is a switching."""
    if isinstance(step.value, CrewTask):
        raise ValueError(f"step {step.number} ({step.text}) is for people on the spot, not for the gate")
    if isinstance(step.value, GroupChange):
        return RegulatingRequest(step.point, SetPoint(step.value.group), originator, order, why, barred)
    return Request(step.point, step.value, originator, order, step.purpose, why, barred, second=second)
