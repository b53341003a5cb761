"""How the coils of a galvanic network stand to its lines, as it is kept and published."""

from __future__ import annotations

from dataclasses import dataclass

from substation.application import Plain


@dataclass(frozen=True, slots=True)
class Tuning:
    """Of the coils of networks that hang together. since_ns: how long they have been mistuned, ns UTC, 0: they are not.

    told: the alarm has been raised. coil_a: of all of them; wanted_a: where they should stand together. problem and
    remedy in words, '' while all is well.
    """

    network: str
    capacitive_a: float
    coil_a: float
    wanted_a: float
    residual_a: float
    problem: str = ""
    remedy: str = ""
    since_ns: int = 0
    told: bool = False

    @property
    def detuning_pu(self) -> float:
        """Above 0: over-compensated."""
        return self.coil_a / self.capacitive_a - 1.0 if self.capacitive_a > 0.0 else 0.0


def tuning_report(each: Tuning) -> dict[str, Plain]:
    return {
        "network": each.network,
        "state": "mistuned" if each.problem else "fits",
        "capacitive_a": round(each.capacitive_a, 1),
        "coil_a": round(each.coil_a, 1),
        "detuning_pu": round(each.detuning_pu, 3),
        "residual_a": round(each.residual_a, 1),
        "since_ns": each.since_ns or None,
        "problem": each.problem,
        "remedy": each.remedy,
    }


def load_tuning(plain: Plain) -> Tuning:
    """ValueError when the data are not those of one."""
    if not isinstance(plain, dict):
        raise ValueError("a stored coil is not a map")
    numbers = [plain.get(key) for key in ("capacitive_a", "coil_a", "wanted_a", "residual_a")]
    texts = [plain.get(key) for key in ("network", "problem", "remedy")]
    since_ns = plain.get("since_ns")
    amperes = [float(each) for each in numbers if isinstance(each, int | float)]
    words = [each for each in texts if isinstance(each, str)]
    if len(amperes) != 4 or len(words) != 3 or not isinstance(since_ns, int):
        raise ValueError("a stored coil is not readable")
    capacitive_a, coil_a, wanted_a, residual_a = amperes
    told = plain.get("told") is True
    return Tuning(words[0], capacitive_a, coil_a, wanted_a, residual_a, words[1], words[2], since_ns, told)
