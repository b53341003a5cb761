"""Distributed energy resources: the six groups of a DERMU (D3.2 5.5.2). Names of IEC 61850-7-420 where it has them."""

from __future__ import annotations

from substation.data_groups.kinds import Flag, Number
from substation.data_groups.measured import phase_values, power
from substation.data_groups.row import Direction, Retention, Row, Upward
from substation.exchange.access import Right

_CONFIGURED = (
    ("ExportLimit", Number("W", 0)),
    ("PowerFactorProvided", Number("1", -1, 1)),
    ("VoltageLimitLow", Number("V", 0)),
    ("VoltageLimitHigh", Number("V", 0)),
)
_RATED = (
    ("DRCT1.MaxWLim", Number("W", 0)),
    ("DRCT1.MaxVarLim", Number("var", 0)),
    ("DRCT1.StrDlTms", Number("ms", 0)),
    ("RestartTime", Number("ms", 0)),
    ("DRCT1.StopDlTms", Number("ms", 0)),
    ("DRCT1.LodRampRte", Number("W/s", 0)),
    ("UnloadRampRate", Number("W/s", 0)),
)
_SET_POINTS = (
    ("DRCC1.OutWSet", Number("W")),
    ("DRCC1.OutVarSet", Number("var")),
    ("DRCC1.OutPFSet", Number("1", -1, 1)),
    ("VoltageSetPoint", Number("V", 0)),
)
_COMMANDS = ("DRCC1.DERStr", "DRCC1.DERStop")
_ALARMS = ("PTOC1.Str", "PTOV1.Str", "PTUV1.Str")

DER_UNIT = (
    *(Row(name, kind, 1, Direction.DOWN, replicated=True, write=Right.CONFIGURE) for name, kind in _CONFIGURED),
    *(Row(name, kind, 2, replicated=True, write=Right.CONFIGURE) for name, kind in _RATED),
    *(Row(name, kind, 3, Direction.DOWN, replicated=True) for name, kind in _SET_POINTS),
    *(Row(name, Flag(), 4, Direction.DOWN, replicated=True) for name in _COMMANDS),
    *phase_values(5),
    *power(5),
    *(Row(name, Flag(), 6, upward=Upward.WORST, replicated=True) for name in _ALARMS),
    Row("VoltageRegulationState", Flag(), 5, upward=Upward.COUNT, retention=Retention.PROFILE),
    Row("VoltageRegulationOn", Flag(), 4, Direction.DOWN, replicated=True, spread=True),
)
"""Group 1: configuration; 2: parameters of the resource; 3: set points; 4: start and stop; 5: measured; 6: alarms."""
