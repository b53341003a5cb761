"""Operating limits: which of them a calculated state violates (SAFETY S16), and by how much it keeps them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.network.elements import Limits
from substation.grid.arrays import Booleans, Floats
from substation.grid.sweep import Flow

_WORDS = {"voltage": "voltage of", "line": "load of line", "transformer": "load of transformer"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that is not kept: element, what ('voltage', 'line', 'transformer'), value and limit in p.u."""

    element: str
    what: str
    value_pu: float
    limit_pu: float

    def __str__(self) -> str:
        return f"{_WORDS[self.what]} {self.element} {self.value_pu:.3f} p.u. (limit {self.limit_pu:.3f})"


def violations(flow: Flow, sources: frozenset[int] | None = None) -> list[Violation]:
    """All violated limits, the worst of each kind first. sources: only what these source numbers feed (None: all)."""
    network = flow.tree.arrays.network
    limits = network.limits
    fed = _fed(flow, sources)
    voltage = flow.voltage_pu()
    nodes = [node.id for node in network.nodes]
    low = _beyond("voltage", nodes, voltage, limits.voltage_min_pu, fed & (voltage < limits.voltage_min_pu))
    high = _beyond("voltage", nodes, voltage, limits.voltage_max_pu, fed & (voltage > limits.voltage_max_pu))
    return [*low[::-1], *high, *_loadings(flow, limits, fed)]


def margin_pu(flow: Flow, sources: frozenset[int] | None = None) -> float:
    """Distance to the nearest limit in p.u. (voltage counted tenfold, as its band is a tenth); negative if violated."""
    limits = flow.tree.arrays.network.limits
    fed = _fed(flow, sources)
    voltage = flow.voltage_pu()[fed]
    lines, transformers = _fed_branches(flow, fed)
    parts = [
        10 * (voltage - limits.voltage_min_pu),
        10 * (limits.voltage_max_pu - voltage),
        limits.line_loading_pu - flow.line_loading_pu()[lines],
        limits.transformer_loading_pu - flow.transformer_loading_pu()[transformers],
    ]
    return min((float(part.min()) for part in parts if len(part)), default=0.0)


def _fed(flow: Flow, sources: frozenset[int] | None) -> Booleans:
    root_of = flow.tree.root_of
    if sources is None:
        return root_of >= 0
    return np.isin(root_of, np.array(sorted(sources), dtype=np.int64))


def _fed_branches(flow: Flow, fed: Booleans) -> tuple[Booleans, Booleans]:
    arrays = flow.tree.arrays
    starts = fed[arrays.branch_from]
    return starts[: arrays.first_transformer], starts[arrays.first_transformer : arrays.first_switch]


def _loadings(flow: Flow, limits: Limits, fed: Booleans) -> list[Violation]:
    network = flow.tree.arrays.network
    lines, transformers = _fed_branches(flow, fed)
    loading = flow.line_loading_pu()
    overloaded = lines & (loading > limits.line_loading_pu)
    found = _beyond("line", [line.id for line in network.lines], loading, limits.line_loading_pu, overloaded)
    loading = flow.transformer_loading_pu()
    overloaded = transformers & (loading > limits.transformer_loading_pu)
    ids = [each.id for each in network.transformers]
    return found + _beyond("transformer", ids, loading, limits.transformer_loading_pu, overloaded)


def _beyond(what: str, ids: list[str], values: Floats, limit: float, where: Booleans) -> list[Violation]:
    """Largest value first."""
    numbers = sorted(np.flatnonzero(where), key=lambda number: -values[number])
    return [Violation(ids[number], what, float(values[number]), limit) for number in numbers]
