"""A radial state, calculated twice in ways that share nothing but the data; where they disagree there is no answer."""

from __future__ import annotations

import numpy as np

from models.errors import AlgorithmError
from substation.grid.exchange_kernel import assess
from substation.grid.flow_arrays import flow_grid, forest
from substation.grid.nodal_flow import NodalFlow, nodal_flow
from substation.grid.radial import RadialGrid

_LOSSES_AGREE = 1e-6
"""Relative."""
_VOLTAGES_AGREE_PU = 1e-6


def confirmed(grid: RadialGrid) -> NodalFlow:
    """The flow of grid.closed by node admittances, with which the branch flow agrees. AlgorithmError if it does not,
    DivergedError where one of them does not converge."""
    flow = flow_grid(grid)
    tree = forest(flow)
    _, loss_pu = assess(flow, tree, np.inf)
    second = nodal_flow(grid, grid.closed)
    reached = tree.order[: int(tree.reached[0])]
    apart = np.max(np.abs(np.sqrt(tree.square[reached]) - np.abs(second.voltage[reached])), initial=0.0)
    losses_agree = abs(loss_pu - second.loss_pu) <= _LOSSES_AGREE * max(abs(second.loss_pu), 1e-6)
    if not (losses_agree and apart <= _VOLTAGES_AGREE_PU and len(reached) == int(second.fed.sum())):
        losses = f"losses {loss_pu * 1e3:.6f} against {second.loss_pu * 1e3:.6f} kW, voltages {apart:.2g} p.u. apart"
        raise AlgorithmError(f"two computations of the same state disagree ({losses}); report this network as a defect")
    return second
