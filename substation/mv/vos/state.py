"""Where the validation of a target stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from substation.application import Plain
from substation.mv.vos.prediction import Prediction, dump_prediction, load_prediction


class Phase(Enum):
    IDLE = "nothing to validate"
    REFUSED = "refused"
    PROPOSED = "order proposed"
    UNDER_WAY = "order under way"
    SETTLES = "readings settle"


FOLLOWS: dict[Phase, frozenset[Phase]] = {
    Phase.IDLE: frozenset({Phase.PROPOSED, Phase.REFUSED}),
    Phase.REFUSED: frozenset({Phase.PROPOSED, Phase.REFUSED, Phase.IDLE}),
    Phase.PROPOSED: frozenset({Phase.UNDER_WAY, Phase.SETTLES, Phase.REFUSED, Phase.IDLE}),
    Phase.UNDER_WAY: frozenset({Phase.SETTLES, Phase.IDLE}),
    Phase.SETTLES: frozenset({Phase.IDLE}),
}
"""What may come after what. A target that was refused is tried anew after a while, one whose order people have
rejected is not."""


@dataclass(frozen=True, slots=True)
class VosState:
    """advice: id of the target. order: id of ours. moves: switch, and whether it is to be closed. since_ns: of the
    phase. reason: why it is refused, why people decide, or what became of the last one. prediction: of the target, when
    it was proposed. asked: it was to be carried out without a person. operated: see by_itself.
    """

    phase: Phase = Phase.IDLE
    advice: str = ""
    order: str = ""
    moves: tuple[tuple[str, bool], ...] = ()
    since_ns: int = 0
    reason: str = ""
    prediction: Prediction | None = None
    asked: bool = False
    operated: tuple[tuple[str, int], ...] = ()


def dump_state(state: VosState) -> Plain:
    moves: list[Plain] = [[switch, closed] for switch, closed in state.moves]
    return {
        "phase": state.phase.value,
        "advice": state.advice,
        "order": state.order,
        "moves": moves,
        "since_ns": state.since_ns,
        "reason": state.reason,
        "prediction": None if state.prediction is None else dump_prediction(state.prediction),
        "asked": state.asked,
        "operated": [[switch, time_ns] for switch, time_ns in state.operated],
    }


def load_state(plain: Plain) -> VosState:
    """ValueError when it is none."""
    if not isinstance(plain, dict):
        raise ValueError("the stored state of VOS is no map")
    since_ns, moves, prediction = plain.get("since_ns"), plain.get("moves"), plain.get("prediction")
    if not isinstance(since_ns, int) or not isinstance(moves, list):
        raise ValueError("the stored state of VOS is not readable")
    return VosState(
        phase=Phase(plain.get("phase")),
        advice=_text(plain.get("advice")),
        order=_text(plain.get("order")),
        moves=tuple(_move(each) for each in moves),
        since_ns=since_ns,
        reason=_text(plain.get("reason")),
        prediction=None if prediction is None else load_prediction(prediction),
        asked=plain.get("asked") is True,
        operated=_operated(plain.get("operated", [])),
    )


def _operated(plain: Plain) -> tuple[tuple[str, int], ...]:
    if not isinstance(plain, list):
        raise ValueError("what VOS has operated is no list")
    found = []
    for each in plain:
        if not isinstance(each, list) or len(each) != 2 or not isinstance(each[1], int):
            raise ValueError("a stored operation of VOS is no pair")
        found.append((_text(each[0]), each[1]))
    return tuple(found)


def _move(plain: Plain) -> tuple[str, bool]:
    if not isinstance(plain, list) or len(plain) != 2:
        raise ValueError("a stored move of VOS is no pair")
    return _text(plain[0]), plain[1] is True


def _text(plain: Plain) -> str:
    if not isinstance(plain, str):
        raise ValueError("the stored state of VOS has no text where one belongs")
    return plain
