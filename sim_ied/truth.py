"""The physics' own verdict on the state of the grid: what is fed, what is dead, what is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.network.elements import Network
from sim_ied.fault import FaultPlace
from sim_ied.history import History, Transition
from sim_ied.measurement import Snapshot
from sim_ied.topology import Bools, Topology


@dataclass(frozen=True, slots=True)
class FaultTruth:
    """A fault, the nodes of its zone (free of switches), whether that zone is dead, whether the fault still exists."""

    id: str
    element: str
    zone: tuple[str, ...]
    dead: bool
    exists: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """Powers in watts, at this instant's profile. unfed_restorable: unfed loads outside the smallest area that remote
    switches can isolate, which remote switches could join to a source (limits not considered). restorable_now: those of
    them that one more switching could feed within the limits (see sim_ied.restorable); empty: nothing was forgotten."""

    time_ns: int
    fed_loads: tuple[str, ...]
    unfed_loads: tuple[str, ...]
    unfed_restorable: tuple[str, ...]
    restorable_now: tuple[str, ...]
    fed_w: float
    unfed_w: float
    fed_customers: int
    unfed_customers: int
    unfed_critical_customers: int
    losses_w: float
    faults: tuple[FaultTruth, ...]
    limits_exceeded: tuple[str, ...]
    fed_twice: int
    closed_onto_fault: int
    closed_onto_island: int
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class WorldState:
    """What the verdict is made of. exists: per fault place. restorable: per node, see sim_ied.restorable."""

    snapshot: Snapshot
    closed: Bools
    places: Sequence[FaultPlace]
    exists: Bools
    restorable: Bools
    history: History


def judge(network: Network, topology: Topology, state: WorldState, now_ns: int) -> Truth:
    """Everything the demo's verification and the tests ask of the world."""
    load_nodes = _nodes(topology, [load.node for load in network.loads])
    fed = state.snapshot.fed[load_nodes]
    load_w = state.snapshot.injections.load_w
    customers = np.array([load.customers for load in network.loads], np.int64)
    critical = np.array([load.critical_customers for load in network.loads], np.int64)
    ids = [load.id for load in network.loads]
    restorable = ~fed & restorable_loads(network, topology, state)
    return Truth(
        time_ns=now_ns,
        fed_loads=_pick(ids, fed),
        unfed_loads=_pick(ids, ~fed),
        unfed_restorable=_pick(ids, restorable),
        restorable_now=_pick(ids, ~fed & state.restorable[load_nodes]),
        fed_w=float(load_w[fed].sum()),
        unfed_w=float(load_w[~fed].sum()),
        fed_customers=int(customers[fed].sum()),
        unfed_customers=int(customers[~fed].sum()),
        unfed_critical_customers=int(critical[~fed].sum()),
        losses_w=state.snapshot.flows.losses_w,
        faults=_faults(network, topology, state),
        limits_exceeded=tuple(limits_exceeded(network, state.snapshot)),
        fed_twice=state.history.fed_twice,
        closed_onto_fault=state.history.closed_onto_fault,
        closed_onto_island=state.history.closed_onto_island,
        transitions=tuple(state.history.transitions),
    )


def limits_exceeded(network: Network, snapshot: Snapshot) -> list[str]:
    """One line per violated limit: voltage of fed nodes, loading of lines and transformers."""
    limits, flows = network.limits, snapshot.flows
    found = []
    for node, voltage_v, fed in zip(network.nodes, flows.voltage_v, snapshot.fed, strict=True):
        voltage_pu = voltage_v / node.nominal_voltage_v
        if fed and not limits.voltage_min_pu <= voltage_pu <= limits.voltage_max_pu:
            found.append(f"{node.id}: voltage {voltage_pu:.3f} p.u.")
    for line, loading in zip(network.lines, flows.line_loading_pu, strict=True):
        if loading > limits.line_loading_pu:
            found.append(f"{line.id}: loading {loading:.2f} p.u.")
    for item, loading in zip(network.transformers, flows.transformer_loading_pu, strict=True):
        if loading > limits.transformer_loading_pu:
            found.append(f"{item.id}: loading {loading:.2f} p.u.")
    return found


def restorable_loads(network: Network, topology: Topology, state: WorldState) -> Bools:
    """Per load: outside every faulted area, and joined to a source when all remote switches outside are closed.

    A faulted area is bounded by remote switches and by switches that stand open without remote control.
    """
    remote = np.array([switch.remote for switch in network.switches], np.bool_)
    areas = topology.zones(state.closed & ~remote)
    faulted = np.isin(areas, [areas[place.node] for place in _existing(state)])
    outside = ~faulted[topology.switch_from] & ~faulted[topology.switch_to]
    fed = topology.supply((state.closed | remote) & outside).fed
    loads = _nodes(topology, [load.node for load in network.loads])
    possible: Bools = fed[loads] & ~faulted[loads]
    return possible


def _faults(network: Network, topology: Topology, state: WorldState) -> tuple[FaultTruth, ...]:
    zones = topology.zones()
    ids = [node.id for node in network.nodes]
    return tuple(
        FaultTruth(
            place.fault.id,
            place.fault.element,
            _pick(ids, zones == zones[place.node]),
            not bool(state.snapshot.fed[place.node]),
            bool(exists),
        )
        for place, exists in zip(state.places, state.exists, strict=True)
    )


def _existing(state: WorldState) -> list[FaultPlace]:
    return [place for place, exists in zip(state.places, state.exists, strict=True) if exists]


def _pick(ids: Sequence[str], mask: Bools) -> tuple[str, ...]:
    return tuple(ids[number] for number in np.flatnonzero(mask).tolist())


def _nodes(topology: Topology, ids: Sequence[str]) -> NDArray[np.int64]:
    return np.array([topology.node_at[item] for item in ids], np.int64)
