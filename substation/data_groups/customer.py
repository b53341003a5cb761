"""The customer's premises: devices (D3.2 5.1.2), the GUI device (5.2.2), CMU (5.3.2) and smart meter (5.4.2)."""

from __future__ import annotations

from substation.data_groups.kinds import Flag, Grants, Listing, Number, Record, Text, profile
from substation.data_groups.measured import PRICE_UNIT, STRATEGY, phase_values, power, tariff
from substation.data_groups.row import Direction, Owner, Retention, Row, Upward
from substation.exchange.access import Right

DEVICE_STATE = Record({"state": Text(), "since_ns": Number("ns", 0)}, optional=frozenset({"since_ns"}))
DEFAULT_POLICY, VARIABLE_POLICY = "Policy.Default", "Policy.Variable"
POLICIES = (
    Row(DEFAULT_POLICY, Grants(), 2, Direction.LOCAL, Owner.CUSTOMER, write=Right.CONFIGURE),
    Row(VARIABLE_POLICY, Record({"variable": Text(), "grants": Grants()}), 2, Direction.LOCAL, Owner.CUSTOMER,
        write=Right.CONFIGURE),
)  # fmt: skip
"""How an owner sets what holds from now on: for a whole location, for one variable of it."""

_MEASUREMENT = Record({"quantity": Text(), "value": Number("the unit beside it"), "unit": Text()})
"""Of sensors whose kind nobody knows beforehand."""
_COMMAND = Record({"action": Text(), "value": Number("what the action takes")}, frozenset({"value"}))

DEVICE = (
    *power(1, Owner.CUSTOMER),
    Row("Sensor", _MEASUREMENT, 1, owner=Owner.CUSTOMER, retention=Retention.LIVE),
    Row("DeviceState", DEVICE_STATE, 1, owner=Owner.CUSTOMER, upward=Upward.COUNT, retention=Retention.PROFILE),
    Row("DeviceCommand", _COMMAND, 2, Direction.DOWN, Owner.CUSTOMER),
    Row("DeviceSetPoint", Number("W"), 2, Direction.DOWN, Owner.CUSTOMER),
)  # fmt: skip
"""5.1.2. Group 1: periodic measurements and status; 2: commands."""

GUI_DEVICE = (
    Row("Strategy", STRATEGY, 1, Direction.LOCAL, Owner.CUSTOMER),
    Row("DemandTarget", Number("W"), 1, Direction.LOCAL, Owner.CUSTOMER),
    Row("ProfileTarget", profile("W"), 1, Direction.LOCAL, Owner.CUSTOMER, retention=Retention.PROFILE),
    *POLICIES,
    Row("Contract", Record(
        {"stakeholder": Text(), "service": Text(), "variables": Listing(Text()), "minimum_delay_s": Number("s", 0),
         "energy_price": Number(PRICE_UNIT)}, frozenset({"energy_price"})), 2, Direction.LOCAL, Owner.CUSTOMER),
)  # fmt: skip
"""5.2.2. Group 1: the strategy, targets and set-points; 2: relations to other stakeholders. Else it reads the CMU's."""

CUSTOMER_UNIT = (
    *power(1, Owner.CUSTOMER),
    Row("StorageEnergy", Number("Wh", 0), 1, owner=Owner.CUSTOMER, upward=Upward.SUM, retention=Retention.LIVE),
    Row("Sensor", _MEASUREMENT, 1, Direction.LOCAL, Owner.CUSTOMER, retention=Retention.LIVE, parts=True),
    Row("DeviceState", DEVICE_STATE, 1, Direction.LOCAL, Owner.CUSTOMER, retention=Retention.PROFILE, parts=True),
    Row("DeviceCommand", _COMMAND, 2, Direction.DOWN, Owner.CUSTOMER, parts=True),
    Row("DeviceSetPoint", Number("W"), 2, Direction.DOWN, Owner.CUSTOMER, parts=True),
    Row("HouseState", Record({"flexible_power_w": Number("W", 0), "devices": Number("1", 0), "online": Flag()}), 3,
        owner=Owner.CUSTOMER, upward=Upward.COUNT, retention=Retention.PROFILE),
    Row("FlexiblePower", Number("W", 0), 3, owner=Owner.CUSTOMER, upward=Upward.SUM, retention=Retention.PROFILE),
    Row("DemandSetPoint", Number("W"), 4, Direction.DOWN, replicated=True),
    Row("InjectionSetPoint", Number("W", 0), 4, Direction.DOWN, replicated=True),
    Row("VoltageRegulationOn", Flag(), 4, Direction.DOWN, replicated=True, spread=True),
    tariff(5),
)  # fmt: skip
"""5.3.2. Group 1: measurements and status of devices; 2: commands to them; 3: the house in summary, up; 4: commands
from above; 5: what the meter tells of tariffs."""

SMART_METER = (
    *phase_values(1),
    *power(2, Owner.CUSTOMER),
    Row("MMXU1.TotPF", Number("1", -1, 1), 2, owner=Owner.CUSTOMER, retention=Retention.LIVE),
    Row("MMTR1.DmdWh", Number("Wh", 0), 2, owner=Owner.CUSTOMER, upward=Upward.SUM, replicated=True,
        retention=Retention.BILLING),
    Row("MMTR1.SupWh", Number("Wh", 0), 2, owner=Owner.CUSTOMER, upward=Upward.SUM, replicated=True,
        retention=Retention.BILLING),
    Row("VoltageDeviation", Number("V"), 3, upward=Upward.WORST, retention=Retention.PROFILE),
    Row("SupplyInterruption", Record({"start_ns": Number("ns", 0), "duration_s": Number("s", 0)}), 3,
        upward=Upward.COUNT, replicated=True),
    Row("VoltageRegulationState", Flag(), 3, upward=Upward.COUNT),
    Row("VoltageRegulationOn", Flag(), 5, Direction.DOWN, replicated=True, spread=True),
    tariff(4),
    Row("DemandSetPoint", Number("W"), 5, Direction.DOWN, replicated=True),
    Row("InjectionSetPoint", Number("W", 0), 5, Direction.DOWN, replicated=True),
)  # fmt: skip
"""5.4.2. Group 1: voltage and current; 2: power and energy computed of them; 3: quality of supply; 4: tariffs with
their times and costs; 5: the total load set-point and other commands.

Voltage and quality of supply tell of the grid, power and energy of the customer: whose they are follows.
"""
