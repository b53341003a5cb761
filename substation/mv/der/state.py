"""What DERPF remembers between two evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from substation.application import Plain
from substation.mv.der.filtering import Filtered

VERSION = 1


@dataclass(frozen=True, slots=True)
class DerState:
    """told: what generators exceed and has been told, by what and element."""

    generators: tuple[Filtered, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def produced_w(self) -> Mapping[str, float]:
        """Filtered production by generator; 0 where it is not known."""
        return {each.id: each.power_w or 0.0 for each in self.generators}


def dump_state(state: DerState) -> Plain:
    generators: list[Plain] = [
        {"id": each.id, "power_w": each.power_w, "recent": list(each.recent), "why": each.why, "outlier": each.outlier}
        for each in state.generators
    ]
    return {"version": VERSION, "generators": generators, "told": list(state.told)}


def load_state(plain: Plain) -> DerState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of DERPF is not of version {VERSION}")
    generators, told = plain.get("generators"), plain.get("told")
    if not isinstance(generators, list) or not isinstance(told, list):
        raise ValueError("the stored state of DERPF is not readable")
    return DerState(tuple(_filtered(each) for each in generators), tuple(str(each) for each in told))


def _filtered(plain: Plain) -> Filtered:
    if isinstance(plain, dict) and isinstance(recent := plain.get("recent"), list):
        power_w = plain.get("power_w")
        if power_w is None or isinstance(power_w, float):
            readings = tuple(each for each in recent if isinstance(each, float))
            why, outlier = str(plain.get("why", "")), plain.get("outlier") is True
            return Filtered(str(plain.get("id")), power_w, readings, why, outlier)
    raise ValueError("a stored generator is not readable")
