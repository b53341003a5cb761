"""Who has a contract acts as a market service at this unit, whatever else it is enrolled as (SAFETY S20)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from substation.exchange.access import Role
from substation.stakeholders.stakeholder import Stakeholder

Acting = Callable[[Stakeholder], Stakeholder]
"""As whom somebody acts who has been let in."""


def as_enrolled(holder: Stakeholder) -> Stakeholder:
    """Where there are no contracts."""
    return holder


def under_contract(holders: Collection[str]) -> Acting:
    """holders: names that `[[market.contract]]` gives; no tags, modes, orders or statements are theirs."""

    def acting(holder: Stakeholder) -> Stakeholder:
        return replace(holder, role=Role.MARKET, approves=False) if holder.name in holders else holder

    return acting
