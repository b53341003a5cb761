"""The arrays that the restoration search works on, as named tuples that compiled kernels understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, get_type_hints

from numba import types

from substation.grid.arrays import Booleans, Complexes, Floats, Integers

_INTEGERS = types.Array(types.int64, 1, "C")
_FLOATS = types.Array(types.float64, 1, "C")
_COMPLEXES = types.Array(types.complex128, 1, "C")
_BOOLEANS = types.Array(types.boolean, 1, "C")


class ReducedGrid(NamedTuple):
    """The reduced grid: n nodes, b branches, q sources; per unit (1 MVA, nominal voltage), loads in W besides.

    Nodes are sets of connectivity nodes that closed switches join for good; branches are lines, transformers and the
    switches that the search may move. first, adjacent: compressed rows as in GridArrays. live: bool[n], fed before the
    search; its forest is base_parent_branch, base_parent_node, base_root (int64[n]) and base_order (live nodes grouped
    by source, parents first; those of source r are base_order[base_first[r]:base_first[r + 1]]). dark: numbers of the
    other nodes. ties: branches with one live end. power: net consumption per node, for dark nodes what they draw once
    fed. load_w: what counts as restored, 0 at live nodes. bound_power: power less the charging of the lines at the node
    at its highest voltage. shunt: admittance to earth per node. base_flow: complex128[b], sum of bound_power behind
    each live branch. base_loss: float64[q], what the branches of each source lose before the search. current_rating:
    float64[b], at the to side, inf but for what is rated so. power_rating: the same for transformers. bound_rating:
    apparent power that no branch within limits can exceed. loading_limit: float64[b], in p.u. of rating. voltage_min,
    voltage_max: float64[n]. price: float64[2], of added losses and of distance to the nearest limit: what decides
    between equal plans.
    """

    first: Integers
    adjacent: Integers
    branch_from: Integers
    branch_to: Integers
    series: Complexes
    half_shunt: Complexes
    ratio: Complexes
    live: Booleans
    dark: Integers
    ties: Integers
    base_parent_branch: Integers
    base_parent_node: Integers
    base_root: Integers
    base_order: Integers
    base_first: Integers
    base_voltage: Complexes
    source_voltage: Floats
    source_series: Complexes
    power: Complexes
    load_w: Floats
    bound_power: Complexes
    shunt: Complexes
    base_flow: Complexes
    base_loss: Floats
    current_rating: Floats
    power_rating: Floats
    bound_rating: Floats
    loading_limit: Floats
    voltage_min: Floats
    voltage_max: Floats
    price: Floats


class Scratch(NamedTuple):
    """Working memory of one search: the forest of the candidate and its state. square: of voltages, of DistFlow."""

    parent_branch: Integers
    parent_node: Integers
    root_of: Integers
    dark_order: Integers
    order: Integers
    flow: Complexes
    extra: Complexes
    voltage: Complexes
    current: Complexes
    drawn: Complexes
    demand: Complexes
    square: Floats


_FIELD_TYPES = {Integers: _INTEGERS, Floats: _FLOATS, Complexes: _COMPLEXES, Booleans: _BOOLEANS}
_NAMED: Callable[[list[object], type[object]], object] = types.NamedTuple
_TUPLE: Callable[[tuple[object, ...]], Callable[..., object]] = types.Tuple


def numba_type(kind: type[NamedTuple]) -> object:
    """The compiled type of a named tuple of arrays."""
    return _NAMED([_FIELD_TYPES[hint] for hint in get_type_hints(kind).values()], kind)


GRID = numba_type(ReducedGrid)
SCRATCH = numba_type(Scratch)
BOOLEANS: object = _BOOLEANS
INTEGERS: object = _INTEGERS
COUNTS = _TUPLE((types.int64, types.int64))
BOUND = _TUPLE((types.float64, types.float64))
VERDICT = _TUPLE((types.int64, types.float64, types.float64, types.int64))
BEST = _TUPLE((types.int64, types.float64, types.float64))
FLOATS: object = _FLOATS
INTEGER: Callable[..., object] = types.int64
FLOAT: Callable[..., object] = types.float64
TRUTH: Callable[..., object] = types.boolean
NOTHING: Callable[..., object] = types.void
