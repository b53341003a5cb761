"""Sequence networks of the grid as nodal admittances, and earth faults solved on them.

Symmetrical components after Fortescue, a = exp(j 120 degrees): V_p = V0 + alpha_p V1 + conj(alpha_p) V2 with alpha of
the phases A, B, C = 1, a*a, a; negative and positive sequence are alike (Z2 = Z1, as IEC 60909-0 takes it far from
generators). Every earth fault draws the current of its own phase; together they are one linear system, whatever the
number of faults and their phases, so a cross-country fault needs no case of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.linalg import SuperLU, splu

Complexes = NDArray[np.complex128]
Ints = NDArray[np.int64]

_A = np.exp(2j * np.pi / 3)
ALPHA: Complexes = np.array([1.0, _A**2, _A])
"""By phase: A, B, C."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Two-terminal elements: ends as node numbers, series admittance (any unit, the same for all)."""

    from_node: Ints
    to_node: Ints
    admittance: Complexes


@dataclass(frozen=True, slots=True)
class Burning:
    """Faults that draw current: node, phase (0, 1, 2), resistance to earth in ohms, phase voltage before in V."""

    node: Ints
    phase: Ints
    resistance_ohm: NDArray[np.float64]
    voltage_v: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sequences:
    """current_a: of each fault, into earth. zero_v, positive_v, negative_v: per node, what the faults add, complex, to
    phase A's voltage before as reference."""

    current_a: Complexes
    zero_v: Complexes
    positive_v: Complexes
    negative_v: Complexes


def factorised(branches: Branches, shunt: Complexes) -> SuperLU:
    """The nodal admittance matrix of n nodes. shunt: what each node has to earth, complex[n]."""
    count = len(shunt)
    ends = (branches.from_node, branches.to_node)
    rows = np.concatenate((*ends, *ends, np.arange(count)))
    columns = np.concatenate((*ends, *ends[::-1], np.arange(count)))
    y = branches.admittance
    return splu(coo_array((np.concatenate((y, y, -y, -y, shunt)), (rows, columns)), shape=(count, count)).tocsc())


def solve(zero: SuperLU, positive: SuperLU, nominal_v: NDArray[np.float64], burning: Burning) -> Sequences:
    """zero: factorised admittances in siemens. positive: in VA at nominal_v (float[n]), so that transformers join
    levels of voltage."""
    faults = len(burning.node)
    injected = np.zeros((len(nominal_v), faults), np.complex128)
    injected[burning.node, np.arange(faults)] = 1.0
    from_zero = zero.solve(injected)  # volts per ampere, [n, faults]
    from_positive = nominal_v[:, None] * positive.solve(injected * nominal_v[burning.node])
    alpha = ALPHA[burning.phase]
    mutual = (
        from_zero[burning.node]
        + np.outer(alpha, alpha.conj()) * from_positive[burning.node]
        + np.outer(alpha.conj(), alpha) * from_positive[burning.node]
    ) / 3.0
    driving = alpha * burning.voltage_v
    current_a: Complexes = np.linalg.solve(mutual + np.diag(burning.resistance_ohm), driving).astype(np.complex128)
    return Sequences(
        current_a=current_a,
        zero_v=-from_zero @ current_a / 3.0,
        positive_v=-from_positive @ (alpha.conj() * current_a) / 3.0,
        negative_v=-from_positive @ (alpha * current_a) / 3.0,
    )
