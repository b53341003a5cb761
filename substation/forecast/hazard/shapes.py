"""Load and PV by month, kind of day and quarter hour: what is expected before a unit has a history of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from models.config import Table

Floats = NDArray[np.float64]

MONTHS, DAYS, SLOTS = 12, 3, 96
_LARGEST = 2000.0


@dataclass(frozen=True, slots=True)
class Shapes:
    """load_pu: float64[12, 3, 96], of the rated peak, by month, kind of day (workday, Saturday, Sunday), quarter hour
    of the day UTC. pv_pu: float64[12, 96], of the rating under a clear sky; clear_w_m2: on the level then.

    source: in words; '' where there are no shapes.
    """

    source: str
    load_pu: Floats
    pv_pu: Floats
    clear_w_m2: Floats

    def load(self, time_ns: int) -> float:
        moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
        return float(self.load_pu[moment.month - 1, max(0, moment.weekday() - 4), _slot(moment)])

    def pv(self, time_ns: int, irradiance_w_m2: float | None) -> float:
        """Of the rating; under a clear sky where the irradiance is not known."""
        moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
        clear, most = (float(each[moment.month - 1, _slot(moment)]) for each in (self.pv_pu, self.clear_w_m2))
        if irradiance_w_m2 is None or most <= 0.0:
            return clear
        return clear * min(irradiance_w_m2 / most, 1.3)


NO_SHAPES = Shapes("", np.zeros((0, 0, 0)), np.zeros((0, 0)), np.zeros((0, 0)))


def _slot(moment: datetime) -> int:
    return (moment.hour * 60 + moment.minute) // 15


def read_shapes(root: Table) -> Shapes:
    """`[shapes]` of a model file; ConfigError."""
    if "shapes" not in root:
        root.table("shapes").done()
        return NO_SHAPES
    table = root.table("shapes")
    found = Shapes(
        table.take("source", str),
        _numbers(table, "load_pu", (MONTHS, DAYS, SLOTS)),
        _numbers(table, "pv_pu", (MONTHS, SLOTS)),
        _numbers(table, "clear_w_m2", (MONTHS, SLOTS)),
    )
    table.done()
    if not found.source:
        raise table.error("source", "'source' is empty", "say where the shapes come from")
    return found


def _numbers(table: Table, key: str, form: tuple[int, ...]) -> Floats:
    found = np.array(table.take_list(key, float), dtype=np.float64)
    if found.size != int(np.prod(form)):
        raise table.error(key, f"'{key}' has {found.size} numbers, it takes {int(np.prod(form))}", "make it again")
    if not np.isfinite(found).all() or found.min() < 0.0 or found.max() > _LARGEST:
        raise table.error(key, f"'{key}' has a number outside 0 to {_LARGEST:g}", "make it again")
    return found.reshape(form)


def shape_lines(shapes: Shapes) -> list[str]:
    if not shapes.source:
        return []
    lines = ["", "[shapes]", f'source = "{shapes.source}"']
    return lines + [f"{key} = [{_joined(getattr(shapes, key).ravel())}]" for key in ("load_pu", "pv_pu", "clear_w_m2")]


def _joined(numbers: Iterable[float]) -> str:
    return ", ".join(f"{float(each):.4f}" for each in numbers)
