"""Earth faults with people at the unit: an order that a person approves, two faults at once, a part that is larger."""

from __future__ import annotations

from dataclasses import replace

from models.network.elements import Network
from models.switching import OrderKind, OrderState
from models.wire.condition import And
from sim_ied.fault import FaultKind
from sim_ied.settings import WorldSettings
from sim_ied.site_change import SiteChange
from substation.exchange.variables import Selection
from tests.virtual.healing import FINAL
from tests.virtual.site import SMALL, Variant, hurried
from tests.virtual.world import PERSON, Plant, operate

LINE, FEEDER, OTHER = "L041/W041", "OBR2/K1/E03", "OBR2/K1/E04"
HALF = Variant("80 stations", stations=80)
NEAR, FAR, TIE = "ST269/K1/E02/Q0", "ST108/K1/E01/Q0", "ST132/K1/E01/Q0"


class _WeakSwitches(SiteChange):
    """Load-break switches that open 20 A under earth fault."""

    def applied(self, network: Network) -> Network:
        cut = SiteChange.applied(self, network)
        types = tuple(replace(each, earth_fault_breaking_current_a=20.0) for each in cut.switch_types)
        return replace(cut, switch_types=types)


class Weak(Variant):
    @property
    def change(self) -> SiteChange:
        return _WeakSwitches(stations=self.stations)


def _moved(plant: Plant) -> list[str]:
    found = [each for each in plant.world.history.transitions if each.source == "switchgear" and "command" in each.text]
    return [each.text.partition(" by ")[0] for each in found]


def test_only_a_person_has_the_section_isolated_and_the_rest_is_fed_again() -> None:
    async def play(plant: Plant) -> None:
        plant.fault(LINE, FaultKind.TO_EARTH)
        await plant.run_until(lambda: bool(plant.orders), 20.0, "no order")
        await plant.forward(20.0)
        (order,) = plant.orders
        assert (order.kind, order.state) == (OrderKind.ISOLATE_EARTH_FAULT, OrderState.PROPOSED)
        assert _moved(plant) == []
        assert await plant.station.desk.approve(order.id, order.revision, PERSON) == ""
        await plant.run_until(lambda: plant.orders[0].state in FINAL, 60.0, "the order does not end")
        assert plant.orders[0].state is OrderState.COMPLETED, plant.orders[0].reason
        assert _moved(plant) == [f"{NEAR}: off", f"{FAR}: off", f"{TIE}: on"]
        await plant.run_until(lambda: bool(plant.said("earth fault in OBR2/K1", "it has gone")), 20.0)
        truth = plant.truth()
        assert (truth.unfed_loads, truth.fed_twice, truth.closed_onto_fault) == ((), 0, 0)
        assert all(fault.dead for fault in truth.faults)
        assert {tag.element for tag in plant.station.view().tags} >= {NEAR, FAR}

    operate(SMALL, 1, play, hurried)


def test_an_order_that_nobody_approved_ends_with_the_fault() -> None:
    async def play(plant: Plant) -> None:
        plant.fault(LINE, FaultKind.TO_EARTH, duration_s=12.0)
        await plant.run_until(lambda: bool(plant.orders), 11.0, "no order")
        await plant.run_until(lambda: plant.orders[0].state in FINAL, 20.0, "the order stays")
        assert plant.orders[0].state is OrderState.ABORTED
        assert "the earth fault has gone" in plant.orders[0].reason

    operate(SMALL, 1, play, hurried)


def _faster_at_e04(settings: WorldSettings) -> WorldSettings:
    quick = replace(settings.protection[OTHER], time_multiplier=0.03)
    return hurried(replace(settings, protection={**settings.protection, OTHER: quick}))


def test_of_a_cross_country_fault_one_feeder_trips_and_the_other_fault_stays_visible() -> None:
    async def play(plant: Plant) -> None:
        plant.fault(LINE, FaultKind.TO_EARTH)
        await plant.run_until(lambda: bool(plant.said("located in", LINE)), 20.0)
        plant.fault("L133/W133", FaultKind.TO_EARTH, name="F2", phase=1)
        await plant.run_until(lambda: bool(plant.said(OTHER, "FDIR: handed over to people", "S10")), 60.0)
        await plant.forward(20.0)
        trips = {each.text for each in plant.world.history.transitions if each.text.endswith(": trip")}
        assert trips == {f"{OTHER}: trip"}
        truth = plant.truth()
        standing, tripped = truth.faults
        assert (standing.dead, tripped.dead) == (False, True)
        [shown] = await plant.unit.parts.publication.read(Selection("EarthFaults", "VIRTUAL", And(())))
        assert [(case["state"], case["section"]) for case in shown.value["cases"]] == [("section located", [LINE])]
        assert _moved(plant) == []
        assert truth.closed_onto_fault == 0

    operate(HALF, 1, play, _faster_at_e04)


def test_what_load_break_switches_may_not_open_under_earth_fault_opens_dead() -> None:
    """35 A of capacitive current, 20 A permitted: the feeder is interrupted shortly."""

    async def play(plant: Plant) -> None:
        plant.fault(LINE, FaultKind.TO_EARTH)
        await plant.run_until(lambda: bool(plant.orders), 20.0, "no order")
        (order,) = plant.orders
        assert [step.element for step in order.steps if "Open" in step.text][0] == f"{FEEDER}/Q0"
        assert any("not opened under voltage" in line for line in order.explanation)
        assert await plant.station.desk.approve(order.id, order.revision, PERSON) == ""
        await plant.run_until(lambda: plant.orders[0].state in FINAL, 60.0, "the order does not end")
        assert plant.orders[0].state is OrderState.COMPLETED, plant.orders[0].reason
        truth = plant.truth()
        assert all(fault.dead for fault in truth.faults)
        assert (truth.unfed_loads, truth.closed_onto_fault) == ((), 0)

    operate(Weak("24 stations, weak switches", stations=24), 2, play, hurried)
