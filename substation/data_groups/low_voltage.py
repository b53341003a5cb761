"""The eleven groups of an LVGMU (D3.2 5.6.2). What stands at a part of it is `LVGMU103/N12`, `LVGMU103/PV3`."""

from __future__ import annotations

from substation.data_groups.kinds import Flag, Listing, Number, Record, Text, profile
from substation.data_groups.measured import phase_values, power, tariff
from substation.data_groups.row import Direction, Owner, Retention, Row, Upward
from substation.exchange.access import Right

FOUND_AT = Record({"element": Text(), "probability": Number("1", 0, 1), "time_ns": Number("ns", 0)})
"""A finding and where: location of an element of the grid."""
PHASE = Text(("A", "B", "C", "ABC"))
QUALITY_OF_SUPPLY = Record(
    {
        "interruptions": Number("1", 0),
        "interrupted_s": Number("s", 0),
        "disturbances": Number("1", 0),
        "worst_deviation_v": Number("V"),
    }
)
_GRID = {"elements": Listing(Text()), "connections": Listing(Listing(Text()))}

_DER = (
    Row("Der.Character", Record({"technology": Text(), "rated_w": Number("W", 0), "phase": PHASE}), 4),
    Row("Der.Status", Text(("running", "stopped", "starting", "stopping", "faulty")), 4, upward=Upward.COUNT),
    Row("Der.RemoteControl", Flag(), 4, upward=Upward.COUNT),
    Row("Der.GridServices", Listing(Text()), 4),
    Row("Der.Available", Flag(), 4, upward=Upward.COUNT),
    Row("Der.MarketAgent", Text(), 4),
    Row("Der.TotW", Number("W"), 4, upward=Upward.SUM, retention=Retention.LIVE),
    Row("Der.TotVAr", Number("var"), 4, upward=Upward.SUM, retention=Retention.LIVE),
    Row("Der.DmdWh", Number("Wh", 0), 4, upward=Upward.SUM, retention=Retention.BILLING),
    Row("Der.SupWh", Number("Wh", 0), 4, upward=Upward.SUM, retention=Retention.BILLING),
    Row("Der.PowerDeviation", Number("W"), 4, upward=Upward.WORST, retention=Retention.PROFILE),
    Row("Der.VoltageDeviation", Number("V"), 4, upward=Upward.WORST, retention=Retention.PROFILE),
    Row("Der.CapacityDeviation", Number("W"), 4, upward=Upward.WORST, retention=Retention.PROFILE),
)

LV_UNIT = (
    *phase_values(1, parts=True),
    *power(1, parts=True),
    Row("YLTC1.TapChg", Number("1"), 1, retention=Retention.LIVE, parts=True),
    Row("LvTopology", Record(_GRID), 2, Direction.DOWN, replicated=True, write=Right.CONFIGURE),
    Row("LvCharacteristics", Record({"element": Text(), "r_ohm": Number("ohm", 0), "x_ohm": Number("ohm"),
                                     "rated_a": Number("A", 0)}), 2, Direction.DOWN, replicated=True, parts=True,
        write=Right.CONFIGURE),
    Row("PhaseConnection", PHASE, 2, Direction.DOWN, replicated=True, parts=True, write=Right.CONFIGURE),
    Row("Estimated.Voltage", Number("V", 0), 3, retention=Retention.PROFILE, parts=True),
    Row("Estimated.TotW", Number("W"), 3, retention=Retention.PROFILE, parts=True),
    Row("Estimated.TotVAr", Number("var"), 3, retention=Retention.PROFILE, parts=True),
    *(Row(each.variable, each.kind, each.group, upward=each.upward, retention=each.retention, parts=True)
      for each in _DER),
    Row("SegmentFault", Flag(), 5, Direction.LOCAL, parts=True),
    Row("LuminaireFault", Record({"phase": PHASE, "faulty": Flag()}), 5, Direction.LOCAL, parts=True),
    Row("FaultDetected", Flag(), 6, upward=Upward.WORST, replicated=True),
    Row("FaultLocation", FOUND_AT, 6, replicated=True),
    Row("FraudDetected", Flag(), 7, upward=Upward.WORST, replicated=True),
    Row("FraudLocation", FOUND_AT, 7, replicated=True),
    Row("VoltageDeviation", Number("V"), 8, Direction.LOCAL, upward=Upward.WORST, retention=Retention.PROFILE,
        parts=True),
    Row("SupplyInterruption", Record({"start_ns": Number("ns", 0), "duration_s": Number("s", 0)}), 8, Direction.LOCAL,
        parts=True),
    Row("QualityOfSupply", QUALITY_OF_SUPPLY, 8, replicated=True),
    Row("VoltageRegulationState", Flag(), 9, Direction.LOCAL, upward=Upward.COUNT, parts=True),
    Row("VoltageRegulationSummary", Record({"on": Number("1", 0), "of": Number("1", 0)}), 9, replicated=True),
    Row("VoltageRegulationOn", Flag(), 9, Direction.DOWN, replicated=True, spread=True),
    Row("EnergyLosses", Number("Wh"), 10, upward=Upward.SUM, retention=Retention.PROFILE),
    Row("LossesReference", profile("Wh"), 10, Direction.DOWN, replicated=True, retention=Retention.PROFILE),
    Row("InjectionSetPoint", Number("W", 0), 11, Direction.DOWN, replicated=True),
    Row("DemandSetPoint", Number("W"), 11, Direction.DOWN, replicated=True),
    Row("TypicalLoad", Record({"criterion": Text(), "customers": Number("1", 0), "load": profile("W")}), 11,
        owner=Owner.OPERATOR, replicated=True, retention=Retention.PROFILE, parts=True),
    tariff(11),
)  # fmt: skip
