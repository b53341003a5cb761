"""The world: one grid with its switchgear, protection, indicators and generators, moved by the time it is told.

No clock, no socket, no thread: `advance(now)` runs everything due and returns what changed at the devices. The same
seed and the same calls give the same changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.network.elements import Network
from models.point import Dbpos, PointName, Value
from sim_ied.agenda import Agenda, after_ns
from sim_ied.bay import Services, equip_bays
from sim_ied.board import Change
from sim_ied.burning import Faults
from sim_ied.capacitor_banks import CapacitorBanks
from sim_ied.earth.earth_faults import EarthFaults, between_phases
from sim_ied.energy import EnergyMeters
from sim_ied.fault import Fault, FaultKind
from sim_ied.fault_locator import FaultLocators
from sim_ied.fuses import Fuses
from sim_ied.generation import Generation
from sim_ied.history import History
from sim_ied.house import Houses
from sim_ied.indicator import place_indicators
from sim_ied.islands import Islands, formers
from sim_ied.measurement import SLOTS, Metering, Snapshot
from sim_ied.physics import Physics
from sim_ied.profile import Profiles
from sim_ied.records.device_record import DeviceRecord
from sim_ied.records.recorder import Recorders
from sim_ied.regulation import Regulation
from sim_ied.relay import Relay
from sim_ied.restorable import Grid, faulted_areas, restorable_nodes
from sim_ied.sectionaliser import place_sectionalisers
from sim_ied.settings import WorldSettings
from sim_ied.slow_board import SlowBoard
from sim_ied.switchgear import Cause, Movement, Switchgear
from sim_ied.topology import Bools, Supply, Topology
from sim_ied.transformer_protection import TransformerProtection
from sim_ied.truth import Truth, WorldState, judge
from sim_ied.voltage_regulator import VoltageRegulators


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of a command that was accepted: the device's own verdict (it may believe in a movement that was none)."""

    point: PointName
    accepted: bool
    add_cause: AddCause
    time_ns: int


class World:
    """start_ns: UTC instant at which the profiles stand at settings.day_start_s. Raises ConfigError for settings that
    do not fit the network."""

    def __init__(self, network: Network, settings: WorldSettings, start_ns: int) -> None:
        self.network, self.settings, self.now_ns = network, settings, start_ns
        self._start_ns = start_ns
        self._random = Random(settings.seed)
        self._agenda, self.history = Agenda(), History()
        self.board = SlowBoard(settings.slow_links, self._agenda, self._random)
        self._topology = Topology(network)
        mobile = settings.mobile_generators
        self._physics = Physics(network, settings.generators.fault_current_pu, formers(network, mobile))
        self.islands, self._fuses = Islands(network, mobile, self.history), Fuses(network)
        self._faults = Faults(network, self._physics, self._agenda, lambda at_ns: self._settle(at_ns))
        self.switchgear = Switchgear(
            network, settings.travel, settings.speed, self._agenda, self.board, self._on_movement
        )
        services = Services(self._agenda, self.board, self.history)
        self.bays = equip_bays(network, settings, self.switchgear, services)
        self.indicators = place_indicators(network, settings.indicators, self._agenda, self.board, self._random)
        self._locators = FaultLocators(network, self._topology, settings, self.bays, services)
        self.earth_faults = EarthFaults(
            network, self._topology, settings, services, self.bays, self._random, self._extinguish, self._resettle
        )
        self._sectionalisers = place_sectionalisers(network, settings, self._agenda, self._sectionalise)
        self._transformers = TransformerProtection(
            network, settings.travel.breaker_open_s, self._trip, self.set_in_service, *services.all
        )
        for bay in self.bays.values():
            if bay.name in self._transformers.bays:
                bay.trip_next = partial(self._transformers.switch_off_high_side, bay.name)
        self._recorders = self._place_recorders()
        self.generation = Generation(
            network, settings.generators.loss_of_mains_s, self._agenda, lambda at_ns: self._settle(at_ns)
        )
        self._profiles = Profiles(network, settings)
        self._metering = Metering(network, settings.measurements, self.board, np.random.default_rng(settings.seed))
        self.houses = Houses(network, self._agenda, self.board, self._random)
        self._regulation = Regulation(
            network, self._agenda, self.board, lambda at_ns: self._settle(at_ns), self._ended, settings.speed
        )
        self.voltage_regulators = VoltageRegulators(
            network, settings.voltage_regulators, self._agenda, self.board, self._physics, self._resettle, self._ended,
            settings.speed,
        )  # fmt: skip
        self.capacitor_banks = CapacitorBanks(
            network, settings.capacitor_banks, self._agenda, self.board, self._physics, self._resettle, self._ended,
            settings.speed,
        )  # fmt: skip
        self._energy = EnergyMeters(network, self._agenda, self.board)
        self._completions: list[Completion] = []
        self._doubly_fed = 0
        self._show_all(start_ns)

    def advance(self, now_ns: int) -> list[Change]:
        """Run everything due up to now; changes at the devices since the last call, oldest first."""
        self.advance_quietly(now_ns)
        return self.board.take()

    def next_due_ns(self) -> int | None:
        """When `advance` has something to do next."""
        return self._agenda.next_due_ns()

    def take_completions(self) -> list[Completion]:
        """Commands that have ended since the last call."""
        completions, self._completions = self._completions, []
        return completions

    def take_records(self) -> list[DeviceRecord]:
        """Disturbance records that were finished since the last call."""
        return self._recorders.take()

    def check(self, point: PointName, value: Value, interlock: bool = True) -> CommandResult:
        """What a select would answer now."""
        for regulation in (self._regulation, self.voltage_regulators, self.capacitor_banks):
            if regulation.has(point):
                return regulation.check(point, value, self.now_ns)
        number = self.switchgear.controllers.get(point)
        if number is not None and isinstance(value, Dbpos):
            return self.switchgear.check(number, value, interlock)
        if point.variable == "RREC1.BlkRec" and isinstance(value, bool) and self._bay(point.location) is not None:
            return CommandResult(Outcome.ACCEPTED)
        relay = self._grouped_relay(point)
        if relay is not None:
            fits = type(value) is int and 1 <= value <= relay.groups
            unfit = CommandResult(Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS, f"{relay.groups} setting groups")
            return CommandResult(Outcome.ACCEPTED) if fits else unfit
        return CommandResult(Outcome.REFUSED, AddCause.NOT_SUPPORTED, f"{point} is not controllable")

    def command(self, point: PointName, value: Value, now_ns: int, interlock: bool = True) -> CommandResult:
        """Carry out a remote command; its end comes with `take_completions`."""
        self.advance_quietly(now_ns)
        result = self.check(point, value, interlock)
        text = f"{point} = {value.name.lower() if isinstance(value, Dbpos) else value}: {result.outcome.value}"
        self.history.note(now_ns, "command", f"{text} {result.reason}".rstrip())
        if not result.accepted:
            return result
        for regulation in (self._regulation, self.voltage_regulators, self.capacitor_banks):
            if regulation.has(point):
                regulation.carry_out(point, value, now_ns)
                return result
        if isinstance(value, Dbpos):
            return self.switchgear.operate(self.switchgear.controllers[point], value, now_ns, interlock)
        relay, bay = self._grouped_relay(point), self._bay(point.location)
        if relay is not None and isinstance(value, int):
            relay.select_group(value, now_ns)
        elif bay is not None:
            self.bays[bay].block_reclosing(bool(value), now_ns)
        self._ended(point, now_ns)
        return result

    def _ended(self, point: PointName, now_ns: int) -> None:
        self._completions.append(Completion(point, True, AddCause.NONE, now_ns))

    def operate(self, switch_id: str, target: Dbpos, now_ns: int, interlock: bool = True) -> CommandResult:
        """Remote command to a switch by its id. KeyError for an id that does not exist."""
        number = self.switchgear.numbers[switch_id]
        point = next(name for name, found in self.switchgear.controllers.items() if found == number)
        return self.command(point, target, now_ns, interlock)

    def operate_by_hand(self, switch_id: str, target: Dbpos, now_ns: int) -> bool:
        """A crew at the switch moves it. KeyError for an id that does not exist; False when it does not move."""
        self.advance_quietly(now_ns)
        self.history.note(now_ns, "local operation", f"{switch_id}: {target.name.lower()}")
        return self.switchgear.move(self.switchgear.numbers[switch_id], target, Cause.LOCAL, now_ns)

    def inject(self, fault: Fault, now_ns: int) -> None:
        """A fault begins. Raises ConfigError for an element that does not exist, or an id in use."""
        self.advance_quietly(now_ns)
        self.earth_faults.check(fault)
        self._faults.inject(self._fuses.limited(fault), now_ns)
        self._fuses.blow(fault.element)
        kind = "permanent" if fault.permanent else "transient"
        self.history.note(now_ns, "fault", f"{fault.id}: {kind} {fault.kind.value} fault on {fault.element}")
        for place in self._faults.follow_supply(self._topology.supply(self.switchgear.closed).fed):
            self._transformers.energised(place.fault.element, now_ns)
        self._settle(now_ns)

    def repair(self, fault_id: str, now_ns: int) -> None:
        """The fault is no more. Raises ConfigError when there is none of that id."""
        self.advance_quietly(now_ns)
        self._fuses.blow(self._faults.repair(fault_id), whole=True)
        self.history.note(now_ns, "fault", f"{fault_id}: repaired")
        self._settle(now_ns)

    def hold_island(self, generator: str, holding: bool, now_ns: int) -> None:
        """A generator's loss-of-mains protection fails, or a mobile one runs. KeyError for one that does not exist."""
        self.islands.set_holding(generator, holding)
        self.history.note(now_ns, "generator", f"{generator}: {'holds its part' if holding else 'holds nothing'}")
        self._settle(now_ns)

    def set_in_service(self, transformer: int, in_service: bool, now_ns: int) -> None:
        """Switch a transformer on or off at its high-voltage side, which is not part of the network."""
        self._topology.in_service[transformer] = in_service
        self._physics.set_in_service(self._topology.in_service)
        state = "on" if in_service else "off"
        self.history.note(now_ns, "switchgear", f"{self.network.transformers[transformer].id}: high side {state}")
        self._settle(now_ns, Cause.LOCAL if in_service else None)

    def truth(self) -> Truth:
        """The physics' verdict now."""
        closed, places, exists = self.switchgear.closed, self._faults.places, self._faults.exists
        nodes = [place.node for place, here in zip(places, exists, strict=True) if here]
        faulted = faulted_areas(self.network, self._topology, closed, nodes)
        injections = self._snapshot.injections
        grid = Grid(self.network, self._topology, self._physics, closed, faulted, injections)
        state = WorldState(self._snapshot, closed, places, exists, restorable_nodes(grid), self.history)
        return judge(self.network, self._topology, state, self.now_ns)

    def advance_quietly(self, now_ns: int) -> None:
        """Run everything due up to now; the changes wait for the next `advance`."""
        self._agenda.run_until(now_ns)
        self.now_ns = max(self.now_ns, now_ns)

    def _trip(self, bay: str, now_ns: int) -> None:
        for each in (found for found in self.bays.values() if found.name == bay):
            each.relay.trip(now_ns)

    def _sectionalise(self, switch: int, now_ns: int) -> None:
        self.history.note(now_ns, "sectionaliser", f"{self.network.switches[switch].id}: has counted enough")
        self.switchgear.move(switch, Dbpos.OFF, Cause.SECTIONALISER, now_ns)

    def _place_recorders(self) -> Recorders:
        """Where there are relays or indicators, which trigger them."""
        bays = {number: indicator.bay for number, indicator in self.indicators.items()}
        bays |= {number: bay.name for number, bay in self.bays.items()}
        ends = {number: int(self._topology.switch_from[number]) for number in bays}
        recorders = Recorders(self.network, bays, ends, self._agenda, self.bays)
        for number, bay in self.bays.items():
            bay.relay.on_pickup = partial(recorders.trigger, number)
        for number, indicator in self.indicators.items():
            indicator.on_pickup = partial(recorders.trigger, number)
        return recorders

    def _grouped_relay(self, point: PointName) -> Relay | None:
        """Whose setting group this point is."""
        if point.variable != "LLN0.ActSG":
            return None
        found = (bay.relay for bay in self.bays.values() if bay.name == point.location)
        return next((relay for relay in found if relay.groups > 1), None)

    def _bay(self, location: str) -> int | None:
        return next((number for number, bay in self.bays.items() if bay.name == location and bay.recloser), None)

    def _show_all(self, now_ns: int) -> None:
        self.switchgear.show_all(now_ns)
        for bay in self.bays.values():
            bay.show(now_ns)
        self.earth_faults.show(now_ns)
        self._locators.show(now_ns)
        for indicator in self.indicators.values():
            indicator.show(now_ns)
        self.houses.show(now_ns)
        self._regulation.show(now_ns)
        self.voltage_regulators.show(now_ns)
        self.capacitor_banks.show(now_ns)
        self._transformers.show(now_ns)
        self._settle(now_ns)
        self._energy.show(now_ns)
        for slot in range(SLOTS):
            self._sample(slot, now_ns)
            first_ns = after_ns(now_ns, self.settings.measurements.period_s * (1.0 + slot / SLOTS))
            self._agenda.set(("sample", slot), first_ns, partial(self._sample, slot))
        self.board.begin()

    def _on_movement(self, movement: Movement) -> None:
        switch = self.network.switches[movement.switch]
        outcome = "" if movement.reached else " not reached"
        text = f"{switch.id}: {movement.target.name.lower()}{outcome} by {movement.cause.value}"
        self.history.note(movement.time_ns, "switchgear", text)
        if movement.reached:
            self._faults.follow_earthing(self.switchgear.closed)
            self._settle(movement.time_ns, movement.cause)
        if movement.switch in self.bays:
            self.bays[movement.switch].follow(movement)
        if movement.cause is Cause.COMMAND:
            self._complete(movement)

    def _complete(self, movement: Movement) -> None:
        believed = movement.reached or self.switchgear.position(movement.switch) is not Dbpos.INTERMEDIATE
        cause = AddCause.NONE if believed else AddCause.TIME_LIMIT_OVER
        point = next(name for name, number in self.switchgear.controllers.items() if number == movement.switch)
        self._completions.append(Completion(point, believed, cause, movement.time_ns))

    def _settle(self, now_ns: int, cause: Cause | None = None) -> None:
        """New physics after a change, handed to everything that measures."""
        supply = self._topology.supply(self.switchgear.closed)
        self._watch(supply, cause, now_ns)
        profiles = self._profiles.at(self._time_of_day_s(now_ns), self.generation.connected)
        injections = self._fuses.applied(self._regulation.applied(profiles))
        faulted = [place.node for place, here in zip(self._faults.places, self._faults.exists, strict=True) if here]
        held = self.islands.follow(supply, self.generation.connected, injections, faulted, now_ns)
        flows = self._physics.flow(self.switchgear.closed, injections, held.forming)
        lit = self._faults.burning(supply.fed)
        burning = lit & between_phases(self._faults.places)
        if burning.any():
            parts = [supply.part[place.node] for place, on in zip(self._faults.places, burning, strict=True) if on]
            inside = np.isin(supply.part, parts)
            flows = self._physics.short_circuit(
                self.switchgear.closed, burning, self.generation.connected, flows, inside
            )
        flows = self.earth_faults.follow(self.switchgear.closed, supply, self._faults.places, lit, flows, now_ns)
        self._snapshot = Snapshot(flows, injections, supply.fed | held.nodes)
        self.voltage_regulators.measure(flows, now_ns)
        self.capacitor_banks.measure(flows, now_ns)
        self._energy.follow(self._metering.served_w(self._snapshot), now_ns)
        self._recorders.measure(flows, self._is_two_phase(burning), now_ns)
        self._measure(now_ns)
        self._agenda.set("profile", after_ns(now_ns, self.settings.measurements.period_s), self._settle)

    def _resettle(self, now_ns: int) -> None:
        self._settle(now_ns)

    def _extinguish(self, fault_id: str, now_ns: int) -> None:
        self.history.note(now_ns, "fault", f"{fault_id}: the arc has gone out")
        self._faults.extinguish(fault_id, now_ns)

    def _is_two_phase(self, burning: Bools) -> bool:
        """Of the fault that burns, if any."""
        kinds = [place.fault.kind for place, on in zip(self._faults.places, burning, strict=True) if on]
        return bool(kinds) and all(kind is FaultKind.TWO_PHASE for kind in kinds)

    def _measure(self, now_ns: int) -> None:
        flows, fed = self._snapshot.flows, self._snapshot.fed
        self._locators.measure(flows)
        for number, bay in self.bays.items():
            bay.relay.measure(float(flows.current_a[number]), now_ns)
        nodes = self.network.nodes
        for number, indicator in self.indicators.items():
            node = self._topology.switch_from[number]
            voltage_pu = float(flows.voltage_v[node]) / nodes[node].nominal_voltage_v
            indicator.measure(
                float(flows.current_a[number]), bool(flows.forward[number]), voltage_pu, bool(fed[node]), now_ns
            )
        for number, sectionaliser in self._sectionalisers.items():
            node = self._topology.switch_from[number]
            voltage_pu = float(flows.voltage_v[node]) / nodes[node].nominal_voltage_v
            sectionaliser.measure(float(flows.current_a[number]), voltage_pu, now_ns)
        self.generation.measure(fed, flows.voltage_v, now_ns)

    def _watch(self, supply: Supply, cause: Cause | None, now_ns: int) -> None:
        fed, doubly_fed = supply.fed, len(supply.doubly_fed_parts)
        if self.islands.joined(supply):
            self.history.closed_onto_island += cause in (Cause.COMMAND, Cause.LOCAL)
            self.history.note(now_ns, "topology", "closed onto an island under voltage, out of synchronism")
        if doubly_fed > self._doubly_fed:
            self.history.fed_twice += 1
            self.history.note(now_ns, "topology", "a part of the grid is fed twice")
        self._doubly_fed = doubly_fed
        for place in self._faults.follow_supply(fed):
            self._transformers.energised(place.fault.element, now_ns)
            if cause in (Cause.COMMAND, Cause.LOCAL):
                self.history.closed_onto_fault += 1
                self.history.note(now_ns, "topology", f"closed onto fault {place.fault.id}")

    def _sample(self, slot: int, now_ns: int) -> None:
        frequency_hz = self.network.frequency_hz + self._random.gauss(0.0, 0.005)
        self._metering.sample(slot, self._snapshot, frequency_hz, now_ns)
        due_ns = after_ns(now_ns, self.settings.measurements.period_s)
        self._agenda.set(("sample", slot), due_ns, partial(self._sample, slot))

    def _time_of_day_s(self, now_ns: int) -> float:
        return self.settings.day_start_s + (now_ns - self._start_ns) / 1e9 * self.settings.speed
