"""What OPF proposes: the state to reach, made for people and for whoever validates and carries it out (GR3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from substation.application import Plain
from substation.mv.opf.target import Operation, Target


class Reason(Enum):
    PREVENTIVE = "preventive"
    CORRECTIVE = "corrective"


@dataclass(frozen=True, slots=True)
class Advice:
    """id: new for every other set of operations. made_ns: of the image that it was computed from (UTC). operations: by
    switch, SCL paths, closings first; their order is not decided here. opened: ids of the branches that are open in the
    state to reach. loss_w_before, loss_w: as calculated for the loads of that image. explanation: line by line.
    """

    id: str
    made_ns: int
    reason: Reason
    operations: tuple[Operation, ...]
    opened: tuple[str, ...]
    loss_w_before: float
    loss_w: float
    lowest_pu: float
    explanation: tuple[str, ...]

    @property
    def saved_w(self) -> float:
        return self.loss_w_before - self.loss_w


def advice(target: Target, reason: Reason, made_ns: int, explanation: tuple[str, ...]) -> Advice:
    """Of a target whose present state could be calculated."""
    before = target.after if target.before is None else target.before
    return Advice(
        id=f"OPF-{made_ns // 1_000_000_000}",
        made_ns=made_ns,
        reason=reason,
        operations=target.operations,
        opened=target.opened,
        loss_w_before=before.loss_w,
        loss_w=target.after.loss_w,
        lowest_pu=target.after.lowest_pu,
        explanation=explanation,
    )


def dump_advice(given: Advice) -> Plain:
    operations: list[Plain] = [
        {"switch": each.switch, "branch": each.branch, "close": each.close} for each in given.operations
    ]
    return {
        "id": given.id,
        "made_ns": given.made_ns,
        "reason": given.reason.value,
        "operations": operations,
        "open": list(given.opened),
        "loss_w_before": given.loss_w_before,
        "loss_w": given.loss_w,
        "saved_w": given.saved_w,
        "lowest_pu": given.lowest_pu,
        "explanation": list(given.explanation),
    }


def load_advice(plain: Plain) -> Advice:
    """ValueError when it is none."""
    if not isinstance(plain, dict):
        raise ValueError("a stored advice is no map")
    try:
        return Advice(
            id=_text(plain["id"]),
            made_ns=int(_number(plain["made_ns"])),
            reason=Reason(plain["reason"]),
            operations=tuple(_operation(each) for each in _list(plain["operations"])),
            opened=tuple(_text(each) for each in _list(plain["open"])),
            loss_w_before=_number(plain["loss_w_before"]),
            loss_w=_number(plain["loss_w"]),
            lowest_pu=_number(plain["lowest_pu"]),
            explanation=tuple(_text(each) for each in _list(plain["explanation"])),
        )
    except KeyError as error:
        raise ValueError(f"a stored advice lacks {error}") from error


def _operation(plain: Plain) -> Operation:
    if not isinstance(plain, dict):
        raise ValueError("a stored operation is no map")
    return Operation(_text(plain["switch"]), _text(plain["branch"]), plain["close"] is True)


def _list(plain: Plain) -> list[Plain]:
    if not isinstance(plain, list):
        raise ValueError("a stored advice has no list where one belongs")
    return plain


def _text(plain: Plain) -> str:
    if not isinstance(plain, str):
        raise ValueError("a stored advice has no text where one belongs")
    return plain


def _number(plain: Plain) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise ValueError("a stored advice has no number where one belongs")
    return plain
