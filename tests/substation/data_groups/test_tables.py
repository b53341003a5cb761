"""Every item that D3.2 names in 5.1 to 5.8, read by hand from its text, has its row in the tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from substation.data_groups.kinds import Listing, Number, Record
from substation.data_groups.row import Direction, Owner, Row, Upward
from substation.data_groups.tables import SECTIONS, table
from substation.exchange.access import Right
from substation.level import Level

UP, DOWN, BOTH, LOCAL = Direction.UP, Direction.DOWN, Direction.BOTH, Direction.LOCAL

ITEMS = """
5.1.2 1 up     MMXU1.TotW             measurements, energy related
5.1.2 1 up     Sensor                 measurements, others as well
5.1.2 1 up     DeviceState            provide their status
5.1.2 2 down   DeviceCommand          control commands that trigger defined actions
5.2.2 1 local  Strategy               defining the strategy of the customer
5.2.2 1 local  DemandTarget           defining the targets
5.2.2 1 local  ProfileTarget          and set-points
4.4.2 2 local  Policy.Default         defining the data access rights
4.4.2 2 local  Policy.Variable        defining the data access rights
5.2.2 2 local  Contract               contract parameters
5.3.2 1 local  DeviceState            status from the DMUs within the house
5.3.2 1 up     MMXU1.TotW             measurements data from the DMUs
5.3.2 1 local  Sensor                 measurements data from the DMUs
5.3.2 2 down   DeviceCommand          provides these with control commands
5.3.2 3 up     HouseState             the (summarized) status of the customer devices (house)
5.3.2 4 down   DemandSetPoint         receives the control commands
5.3.2 5 down   Tariff                 tariff detail from the smart meter
5.4.2 1 up     MMXU1.PhV.phsA         voltage
5.4.2 1 up     MMXU1.A.phsC           current
5.4.2 2 up     MMXU1.TotW             active
5.4.2 2 up     MMXU1.TotVAr           reactive power
5.4.2 2 up     MMTR1.DmdWh            cumulative energy
5.4.2 2 up     MMTR1.SupWh            cumulative energy
5.4.2 3 up     VoltageDeviation       quality of supply: voltage deviations
5.4.2 3 up     SupplyInterruption     interruptions in supply
5.4.2 4 down   Tariff                 tariffs, their temporal parameters and energy (kWh) costs
5.4.2 5 down   DemandSetPoint         total load control set-point for the household
5.5.2 1 down   ExportLimit            limit on the contractual energy export
5.5.2 1 down   PowerFactorProvided    the power factor to be provided by the DER
5.5.2 1 down   VoltageLimitLow        voltage limits, lower
5.5.2 1 down   VoltageLimitHigh       and upper
5.5.2 2 up     DRCT1.MaxWLim          maximum power
5.5.2 2 up     DRCT1.MaxVarLim        maximum reactive power
5.5.2 2 up     DRCT1.StrDlTms         time needed for starting
5.5.2 2 up     RestartTime            restarting
5.5.2 2 up     DRCT1.StopDlTms        and stopping
5.5.2 2 up     DRCT1.LodRampRte       ramp load
5.5.2 2 up     UnloadRampRate         or unload rate
5.5.2 3 down   DRCC1.OutWSet          target power
5.5.2 3 down   DRCC1.OutVarSet        target reactive power
5.5.2 3 down   DRCC1.OutPFSet         power factor control
5.5.2 3 down   VoltageSetPoint        and voltage
5.5.2 4 down   DRCC1.DERStr           start
5.5.2 4 down   DRCC1.DERStop          and stop control signals
5.5.2 5 up     MMXU1.A.phsA           current
5.5.2 5 up     MMXU1.PhV.phsA         and voltage measured
5.5.2 6 up     PTOC1.Str              current too high
5.5.2 6 up     PTOV1.Str              voltage too high
5.5.2 6 up     PTUV1.Str              or voltage too low
5.6.2 1 up     MMXU1.A.phsB           current
5.6.2 1 up     MMXU1.PhV.phsB         and voltage
5.6.2 1 up     MMXU1.TotW             active
5.6.2 1 up     MMXU1.TotVAr           and reactive power
5.6.2 1 up     YLTC1.TapChg           position of the tap changer
5.6.2 2 down   LvTopology             topology of the LV grid
5.6.2 2 down   LvCharacteristics      and its characteristics
5.6.2 2 down   PhaseConnection        phases connected to each smart meter or DER
5.6.2 3 up     Estimated.Voltage      estimations for each grid node: voltage
5.6.2 3 up     Estimated.TotW         active
5.6.2 3 up     Estimated.TotVAr       and reactive power
5.6.2 4 up     Der.Character          characterisation of the DER
5.6.2 4 up     Der.Status             its status
5.6.2 4 up     Der.RemoteControl      the support for remote control
5.6.2 4 up     Der.GridServices       the grid supporting services
5.6.2 4 up     Der.Available          and availability to participate
5.6.2 4 up     Der.MarketAgent        identification of the market agent
5.6.2 4 up     Der.TotW               total active
5.6.2 4 up     Der.TotVAr             and reactive power injected or consumed
5.6.2 4 up     Der.DmdWh              total energy consumed
5.6.2 4 up     Der.SupWh              and produced
5.6.2 4 up     Der.PowerDeviation     power deviation compared to historical database
5.6.2 4 up     Der.VoltageDeviation   voltage deviation
5.6.2 4 up     Der.CapacityDeviation  deviation to grid maximum capacity
5.6.2 5 local  SegmentFault           a fault in a segment
5.6.2 5 local  LuminaireFault         a fault in the luminaire electrical phase
5.6.2 6 up     FaultDetected          the detected fault
5.6.2 6 up     FaultLocation          and the (potential) location
5.6.2 7 up     FraudDetected          fraud was detected
5.6.2 7 up     FraudLocation          where it could happen
5.6.2 8 local  VoltageDeviation       voltage quality disturbances of sensors and meters
5.6.2 8 local  SupplyInterruption     interruptions
5.6.2 8 up     QualityOfSupply        the summary for the MVGMU
5.6.2 9 local  VoltageRegulationState state of the voltage regulation function of meters and DERMUs
5.6.2 9 up     VoltageRegulationSummary summary for the MVGMU
5.6.2 9 down   VoltageRegulationOn    commands to activate and deactivate
5.6.2 10 up    EnergyLosses           total energy losses at the secondary substation
5.6.2 10 down  LossesReference        reference energy losses profile
5.6.2 11 down  InjectionSetPoint      injected power set points
5.6.2 11 down  DemandSetPoint         total load set-points
5.6.2 11 up    TypicalLoad            typical load diagram by aggregation criteria
5.6.2 11 down  Tariff                 tariff indication
5.7.2 1 both   DesiredProfile         exchange of the energy profiles with TLGMU, LVGMUs and DERMUs
5.7.2 1 both   PlannedProfile         exchange of the energy profiles with TLGMU, LVGMUs and DERMUs
5.7.2 2 down   MvTopology             MV grid topology
5.7.2 2 down   MvCharacteristics      and its characteristics
5.7.2 3 up     MMXU1.A.phsA           measurements of MV-FAN and PS-LAN sensors
5.7.2 3 up     MMXU1.PhV.phsA         measurements of MV-FAN and PS-LAN sensors
5.7.2 3 up     MMXU1.TotW             derivatives, like the active
5.7.2 3 up     MMXU1.TotVAr           and reactive power
5.7.2 4 up     MonitoringStatus       status
5.7.2 4 up     MonitoringResult       and result values for the TLGMU
5.7.2 4 down   ControlSignal          control signals and commands for LVGMUs and actuators
5.8.2 1 local  MonitoringStatus       status of the MVGMU services
5.8.2 1 local  MonitoringResult       and results
5.8.2 1 local  MMXU1.TotW             data collected on the lower levels
5.8.2 2 down   ControlSignal          commands and control signals for the MVGMU
5.8.2 2 down   DesiredProfile         as well as for the lower level management units
6.1   0 up     MMTR1.DmdWh            energy consumption
6.1   0 up     MMTR1.SupWh            and production data propagation
6.1   0 down   Price                  energy price
6.1   0 down   Weather                weather forecast
6.1   0 down   DesiredProfile         desired balancing profile
6.1   0 up     PlannedProfile         the real profile (the result of the negotiation)
"""
LINE = re.compile(r"(\S+) +(\d+) +(\S+) +(\S+) +(.+)")
ROWS = [found.groups() for line in ITEMS.strip().splitlines() if (found := LINE.fullmatch(line))]


@pytest.mark.parametrize("section", sorted({row[0] for row in ROWS}))
def test_every_item_of_the_section_has_its_row(section: str) -> None:
    known = {(row.variable, row.group, row.direction.value) for row in SECTIONS[section]}
    wanted = {(variable, int(group), way) for at, group, way, variable, _ in ROWS if at == section}
    assert wanted - known == set()


def test_the_list_was_read_whole() -> None:
    assert len(ROWS) == len(ITEMS.strip().splitlines())
    groups = {section: {int(row[1]) for row in ROWS if row[0] == section} for section in ("5.5.2", "5.6.2", "5.7.2")}
    assert groups == {"5.5.2": set(range(1, 7)), "5.6.2": set(range(1, 12)), "5.7.2": set(range(1, 5))}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_names_a_variable_once(section: str) -> None:
    names = [row.variable for row in SECTIONS[section]]
    assert len(names) == len(set(names))


def test_a_variable_has_one_kind_on_all_levels_so_that_it_can_travel() -> None:
    kinds: dict[str, set[str]] = {}
    for level in Level:
        for row in table(level).values():
            kinds.setdefault(row.variable, set()).add(repr(row.kind))
    assert {variable for variable, found in kinds.items() if len(found) > 1} == set()


def test_what_customers_own_is_aggregated_in_a_way_that_hides_the_single_one() -> None:
    rows = [row for level in Level for row in table(level).values() if row.owner is Owner.CUSTOMER]
    assert {row.upward for row in rows} <= {Upward.SUM, Upward.MEAN, Upward.COUNT, Upward.NONE}


def test_what_is_summed_is_a_number_or_a_profile() -> None:
    for level in Level:
        for row in table(level).values():
            if row.upward in (Upward.SUM, Upward.MEAN):
                kind = row.kind.of if isinstance(row.kind, Listing) else row.kind
                assert isinstance(kind, Number), (level, row.variable)
                assert not isinstance(row.kind, Record)


def test_a_command_goes_down_through_every_level() -> None:
    for variable in ("DemandSetPoint", "InjectionSetPoint", "VoltageRegulationOn", "Tariff", "Price"):
        for level in (Level.TLGMU, Level.MVGMU, Level.LVGMU, Level.CMU):
            assert table(level)[variable].direction is DOWN, (level, variable)


def test_the_documents_show_the_tables() -> None:
    page = (Path(__file__).parents[3] / "docs" / "data-groups.md").read_text(encoding="utf-8")
    shown = {line for line in page.splitlines() if line.startswith("| ") and "`" in line}
    assert shown == {_line(row) for rows in SECTIONS.values() for row in rows}


def _line(row: Row) -> str:
    said = {
        "copied": row.replicated,
        "for all below": row.spread,
        "of parts": row.parts,
        "configuration": row.write is Right.CONFIGURE,
    }
    upward = "" if row.upward is Upward.NONE else f"{row.upward.value}, {row.period_s} s"
    cells = (row.group, f"`{row.variable}`", row.kind, row.direction.value, row.owner.value, upward)
    return f"| {' | '.join(map(str, cells))} | {', '.join(word for word, so in said.items() if so)} |"
