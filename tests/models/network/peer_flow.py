"""A power flow of a planning grid by its admittance matrix: slow, plain, and nothing in common with our sweeps."""

from __future__ import annotations

import numpy as np

from models.network.planning import PlanningGrid


def losses_and_voltages(grid: PlanningGrid) -> tuple[float, np.ndarray]:
    """Losses in W and |voltage| in p.u. of nominal in the present state; ideal sources only, every bus fed."""
    size = len(grid.buses)
    nominal = np.array([bus.nominal_voltage_v for bus in grid.buses])
    admittance = np.zeros((size, size), dtype=complex)
    for branch in (each for each in grid.branches if each.closed):
        start, end = branch.from_bus, branch.to_bus
        series = 1 / complex(branch.resistance_ohm, branch.reactance_ohm)
        turns = branch.ratio * nominal[start] / nominal[end]
        at_end = series + 0.5j * branch.susceptance_s
        admittance[end, end] += at_end
        admittance[start, start] += at_end / abs(turns) ** 2
        admittance[start, end] -= series / np.conj(turns)
        admittance[end, start] -= series / turns
    shunt = np.array([complex(bus.shunt_w, bus.shunt_var) for bus in grid.buses])
    admittance += np.diag(shunt / nominal**2)
    drawn = np.array([complex(bus.load_w - bus.generation_w, bus.load_var - bus.generation_var) for bus in grid.buses])
    fixed = np.array([source.bus for source in grid.sources])
    free = np.setdiff1d(np.arange(size), fixed)
    voltage = nominal.astype(complex)
    voltage[fixed] = [source.voltage_pu * nominal[source.bus] for source in grid.sources]
    inverse = np.linalg.inv(admittance[np.ix_(free, free)])
    for _ in range(200):
        current = -np.conj(drawn[free] / voltage[free])
        new = inverse @ (current - admittance[np.ix_(free, fixed)] @ voltage[fixed])
        change = np.max(np.abs(new - voltage[free]) / nominal[free])
        voltage[free] = new
        if change < 1e-12:
            break
    assert change < 1e-12
    infeed = (voltage * np.conj(admittance @ voltage))[fixed].real.sum()
    in_shunts = float(np.sum(shunt.real * (np.abs(voltage) / nominal) ** 2))
    return float(infeed - drawn[free].real.sum() - in_shunts), np.abs(voltage) / nominal
