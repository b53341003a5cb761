"""What the losses application remembers between two evaluations."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from substation.application import Plain
from substation.mv.losses.expected import Expectation, Record
from substation.mv.losses.usual import Usual, dump_usual, load_usual

VERSION = 1


@dataclass(frozen=True, slots=True)
class LossState:
    """history: oldest first. judged: the newest quarter hour for which an expectation was looked for. above_ns: since
    when the losses are beyond it, 0: they are not. asks: what OPF is asked, in words; '' nothing. usual: of assets."""

    history: tuple[Record, ...] = ()
    judged: int = 0
    expected: Expectation | None = None
    above_ns: int = 0
    asks: str = ""
    usual: Usual = Usual()


def dump_state(state: LossState) -> Plain:
    history: list[Plain] = [list(each) for each in state.history]
    expected: Plain = None if state.expected is None else asdict(state.expected)
    return {
        "version": VERSION,
        "history": history,
        "judged": state.judged,
        "expected": expected,
        "above_ns": state.above_ns,
        "asks": state.asks,
        "usual": dump_usual(state.usual),
    }


def load_state(plain: Plain) -> LossState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of the losses is not of version {VERSION}")
    history, judged, above_ns, asks = (plain.get(key) for key in ("history", "judged", "above_ns", "asks"))
    if not (
        isinstance(history, list) and isinstance(judged, int) and isinstance(above_ns, int) and isinstance(asks, str)
    ):
        raise ValueError("the stored state of the losses is not readable")
    records, usual = tuple(_record(each) for each in history), load_usual(plain.get("usual"))
    return LossState(records, judged, _expectation(plain.get("expected")), above_ns, asks, usual)


def _record(plain: Plain) -> Record:
    if isinstance(plain, list) and len(plain) == 3:
        slot, loss_w, load_w = plain
        if isinstance(slot, int) and isinstance(loss_w, int) and isinstance(load_w, int):
            return slot, loss_w, load_w
    raise ValueError("a stored quarter hour of losses is not readable")


def _expectation(plain: Plain) -> Expectation | None:
    if plain is None:
        return None
    if not isinstance(plain, dict):
        raise ValueError("a stored expectation of losses is not readable")
    slot, *numbers = (plain.get(key) for key in ("slot", "loss_w", "deviation_w", "load_w"))
    loss_w, deviation_w, load_w = (each if isinstance(each, float) else float("nan") for each in numbers)
    if not isinstance(slot, int) or loss_w != loss_w or deviation_w != deviation_w or load_w != load_w:
        raise ValueError("a stored expectation of losses is not readable")
    return Expectation(slot, loss_w, deviation_w, load_w)
