"""Losses of each line and transformer in a power flow (GR5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import BASE_POWER_VA, Floats
from substation.grid.sweep import Flow


@dataclass(frozen=True, slots=True)
class AssetLosses:
    """float64[lines + transformers], in their order, W; 0 where nothing is fed. load: by the current in the series
    impedance, with its square; no_load: in the shunt part (iron of transformers), whatever the load."""

    load_w: Floats
    no_load_w: Floats

    @property
    def total_w(self) -> Floats:
        return self.load_w + self.no_load_w


def asset_losses(flow: Flow) -> AssetLosses:
    """From the node voltages alone, so that what does not add up to `flow.losses_w` shows a wrong power flow."""
    arrays = flow.tree.arrays
    assets = slice(0, arrays.first_switch)
    voltage_pu = flow.voltage_v / arrays.nominal_voltage_v
    inner = voltage_pu[arrays.branch_from[assets]] / flow.ratio[assets]
    outer = voltage_pu[arrays.branch_to[assets]]
    fed = (np.abs(inner) > 0) & (np.abs(outer) > 0)
    series = arrays.series_pu[assets]
    current = np.divide(inner - outer, series, out=np.zeros_like(inner), where=fed & (np.abs(series) > 0))
    shunt = arrays.half_shunt_pu[assets].real * (np.abs(inner) ** 2 + np.abs(outer) ** 2)
    return AssetLosses(np.abs(current) ** 2 * series.real * BASE_POWER_VA, shunt * BASE_POWER_VA)
