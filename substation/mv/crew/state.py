"""Where the order of a crew stands, beside the case of FDIR that it follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from substation.application import Plain


class CrewPhase(Enum):
    LOOKING = "nothing proposed"
    PROPOSED = "order proposed"
    RUNNING = "order under way"
    ENDED = "ended"


FOLLOWS: dict[CrewPhase, frozenset[CrewPhase]] = {
    CrewPhase.LOOKING: frozenset({CrewPhase.PROPOSED}),
    CrewPhase.PROPOSED: frozenset({CrewPhase.LOOKING, CrewPhase.RUNNING, CrewPhase.ENDED}),
    CrewPhase.RUNNING: frozenset({CrewPhase.ENDED}),
    CrewPhase.ENDED: frozenset(),
}
"""What may come after what. A proposal that was withdrawn is looked for anew; one that people have rejected, or that
has been carried out, is the last of its case."""


@dataclass(frozen=True, slots=True)
class CrewCase:
    """order, revision: of the newest proposal. count: how many orders were proposed. since_ns: of the phase.
    looked_ns, seen: when it was planned last, and a digest of what was looked at. moves: by switch, whether it is to be
    closed. reason: why nothing is proposed, or how it ended.
    """

    phase: CrewPhase = CrewPhase.LOOKING
    order: str = ""
    revision: int = 0
    count: int = 0
    since_ns: int = 0
    looked_ns: int = 0
    seen: int = 0
    moves: tuple[tuple[str, bool], ...] = ()
    reason: str = ""


def dump_crew(crew: CrewCase) -> Plain:
    moves: list[Plain] = [[switch, closed] for switch, closed in crew.moves]
    return {
        "phase": crew.phase.name,
        "order": crew.order,
        "revision": crew.revision,
        "count": crew.count,
        "since_ns": crew.since_ns,
        "looked_ns": crew.looked_ns,
        "seen": crew.seen,
        "moves": moves,
        "reason": crew.reason,
    }


def load_crew(plain: Plain) -> CrewCase:
    """As new where nothing is stored, as by a unit of before; ValueError when it is something else."""
    if plain is None:
        return CrewCase()
    if not isinstance(plain, dict) or plain.get("phase") not in CrewPhase.__members__:
        raise ValueError("a stored case has no readable order of a crew")
    moves = plain.get("moves")
    return CrewCase(
        phase=CrewPhase[str(plain["phase"])],
        order=str(plain.get("order", "")),
        revision=_whole(plain, "revision"),
        count=_whole(plain, "count"),
        since_ns=_whole(plain, "since_ns"),
        looked_ns=_whole(plain, "looked_ns"),
        seen=_whole(plain, "seen"),
        moves=tuple(_move(each) for each in moves) if isinstance(moves, list) else (),
        reason=str(plain.get("reason", "")),
    )


def _move(plain: Plain) -> tuple[str, bool]:
    if not isinstance(plain, list) or len(plain) != 2:
        raise ValueError("a stored move of a crew's order is no pair")
    return str(plain[0]), plain[1] is True


def _whole(plain: dict[str, Plain], key: str) -> int:
    value = plain.get(key)
    if not isinstance(value, int):
        raise ValueError(f"a stored order of a crew has no whole number '{key}'")
    return value


def shown(crew: CrewCase) -> dict[str, Plain]:
    """As it is published with its case."""
    return {"state": crew.phase.value, "order": crew.order, "reason": crew.reason}
