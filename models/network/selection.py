"""Choices the data leave open, made the same way every time: by a hash of the element's id, never by chance."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from models.network.assumptions import Assumptions
from models.network.busbranch import Demand
from models.network.elements import Network


def fraction(name: str) -> float:
    """A number in [0, 1) that is fixed by the name and spread evenly over many names."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def with_remote_control(network: Network, share: float) -> Network:
    """The network with that share of its station switches (those with an indicator) remote-controlled.

    The normally open ones always are, since without them nothing can be transferred; the others are chosen by their
    names. Breakers of primary substations stay as they are.
    """
    indicated = {each.switch for each in network.indicators}
    stations = [each for each in network.switches if each.id in indicated]
    order = sorted(stations, key=lambda each: (not each.normally_open, fraction(each.id)))
    chosen = {each.id for each in order[: round(share * len(order))]} | {
        each.id for each in order if each.normally_open
    }
    switches = (replace(each, remote=each.id in chosen) if each.id in indicated else each for each in network.switches)
    return replace(network, switches=tuple(switches))


def customers(name: str, demand: Demand, assumptions: Assumptions) -> tuple[int, int]:
    """Customers behind a load and the critical ones among them (hospitals, water works...)."""
    share = assumptions.critical_share_of_mv_customers if demand.own_station else assumptions.critical_share
    count = 1 if demand.own_station else max(1, round(demand.installed_power_w / assumptions.customer_power_w))
    return count, int(fraction(f"critical {name}") < share)
