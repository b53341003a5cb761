"""Choices the data leave open, made the same way every time: by a hash of the element's id, never by chance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.network.assumptions import Assumptions
from models.network.busbranch import Demand
from models.network.elements import Switch


def fraction(name: str) -> float:
    """A number in [0, 1) that is fixed by the name and spread evenly over many names."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def with_remote_control(switches: Sequence[Switch], share: float) -> list[Switch]:
    """The switches, `share` of them remote-controlled: first the normally open ones (always), then the chosen ones."""
    chosen = _chosen(switches, round(share * len(switches)))
    return [replace(each, remote=each.normally_open or each.id in chosen) for each in switches]


def _chosen(switches: Iterable[Switch], count: int) -> set[str]:
    order = sorted(switches, key=lambda each: (not each.normally_open, fraction(each.id)))
    return {each.id for each in order[:count]}


def customers(name: str, demand: Demand, assumptions: Assumptions) -> tuple[int, int]:
    """Customers behind a load and the critical ones among them (hospitals, water works...)."""
    share = assumptions.critical_share_of_mv_customers if demand.own_station else assumptions.critical_share
    count = 1 if demand.own_station else max(1, round(demand.installed_power_w / assumptions.customer_power_w))
    return count, int(fraction(f"critical {name}") < share)
