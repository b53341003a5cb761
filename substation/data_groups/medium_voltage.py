"""The four groups of an MVGMU (D3.2 5.7.2) and what a TLGMU exchanges (5.8.2)."""

from __future__ import annotations

from dataclasses import replace

from substation.data_groups.kinds import Flag, Listing, Number, Record, Text, profile
from substation.data_groups.low_voltage import FOUND_AT, LV_UNIT, QUALITY_OF_SUPPLY
from substation.data_groups.measured import phase_values, power, tariff
from substation.data_groups.row import Direction, Retention, Row, Upward
from substation.exchange.access import Right

_GRID = Record({"elements": Listing(Text()), "connections": Listing(Listing(Text()))})
_ELEMENT = Record({"element": Text(), "r_ohm": Number("ohm", 0), "x_ohm": Number("ohm"), "rated_a": Number("A", 0)})
_STATUS = Record({"service": Text(), "state": Text(("running", "stopped", "faulty")), "text": Text()})
_SERVICE = Text(("quality of supply", "losses", "balancing", "fault location", "voltage regulation"))
_RESULT = Record({"service": _SERVICE, "value": Number("the unit beside it"), "unit": Text(), "element": Text()})
_SIGNAL = Record(
    {"signal": Text(), "value": Number("the unit beside it"), "unit": Text(), "element": Text()}, frozenset({"element"})
)

MV_UNIT = (
    Row("DesiredProfile", profile("W"), 1, Direction.BOTH, replicated=True, retention=Retention.PROFILE, parts=True),
    Row("PlannedProfile", profile("W"), 1, Direction.BOTH, upward=Upward.SUM, retention=Retention.PROFILE, parts=True),
    Row("DemandSetPoint", Number("W"), 1, Direction.DOWN, replicated=True),
    Row("InjectionSetPoint", Number("W", 0), 1, Direction.DOWN, replicated=True),
    tariff(1),
    Row("MvTopology", _GRID, 2, Direction.DOWN, write=Right.CONFIGURE),
    Row("MvCharacteristics", _ELEMENT, 2, Direction.DOWN, parts=True, write=Right.CONFIGURE),
    *phase_values(3, parts=True),
    *power(3, parts=True),
    Row("MMXU1.TotPF", Number("1", -1, 1), 3, retention=Retention.LIVE, parts=True),
    Row("MonitoringStatus", _STATUS, 4, replicated=True),
    Row("MonitoringResult", _RESULT, 4, replicated=True, retention=Retention.PROFILE),
    Row("FaultLocation", FOUND_AT, 4, replicated=True),
    Row("QualityOfSupply", QUALITY_OF_SUPPLY, 4, replicated=True),
    Row("EnergyLosses", Number("Wh"), 4, upward=Upward.SUM, retention=Retention.PROFILE),
    Row("ControlSignal", _SIGNAL, 4, Direction.DOWN, replicated=True),
    Row("VoltageRegulationOn", Flag(), 4, Direction.DOWN, replicated=True, spread=True),
)
"""Group 1: energy balancing, profiles; 2: topology and characteristics; 3: measurements and what is derived of them;
4: status and results of monitoring, up; control signals and commands, down."""


def _received(row: Row) -> Row:
    """A row of the units below, held at the top for the management tools: it goes no further."""
    return replace(row, group=1, direction=Direction.LOCAL, replicated=False)


TOP_UNIT = (
    *(_received(row) for row in MV_UNIT if row.direction is Direction.UP),
    *(replace(row, group=2, parts=True) for row in MV_UNIT if row.direction is Direction.DOWN),
    *(replace(row, group=2, parts=True) for row in LV_UNIT if row.direction is Direction.DOWN
      and row.variable in ("LvTopology", "LvCharacteristics", "PhaseConnection", "LossesReference")),
    Row("DesiredProfile", profile("W"), 2, Direction.DOWN, replicated=True, retention=Retention.PROFILE, parts=True),
    Row("PlannedProfile", profile("W"), 1, Direction.LOCAL, upward=Upward.SUM, retention=Retention.PROFILE,
        parts=True),
)  # fmt: skip
"""Group 1: status and results of the units below, for the management tools; 2: commands and control signals."""
