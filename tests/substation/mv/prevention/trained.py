"""A model as if it had been trained: gusts and transient earth faults matter for overhead lines."""

from __future__ import annotations

import numpy as np

from substation.forecast.hazard.file import PreventionModel
from substation.forecast.hazard.model import PRIOR, HazardModel, KindModel
from substation.forecast.hazard.published import AssetKind

TRAINED = KindModel(
    kind=AssetKind.OVERHEAD,
    features=("gust", "transient"),
    coefficients=np.array([0.0, 3.0, 1.0]),
    covariance=np.diag([0.04, 0.01, 0.01]),
    mean=np.array([0.8, 0.0]),
    spread=np.diag([0.1, 0.01]),
    learned_faults=100,
    learned_years=1000.0,
)
"""coefficients: of the usual rate, of gusts per 10 m/s, of the logarithm of transient earth faults and one."""
MODEL = PreventionModel(
    HazardModel(dict(PRIOR.kinds) | {AssetKind.OVERHEAD: TRAINED}, "trained"), "better than climatology"
)
