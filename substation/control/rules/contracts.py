"""What a market or flexibility service may command (SAFETY S20): its contracted assets, a customer's own breaker."""

from __future__ import annotations

from typing import Protocol

from models.command import Originator
from substation.control.grid import Grid
from substation.control.rule_settings import Contract, RuleSettings


class Commanded(Protocol):
    """A request, whatever it commands."""

    @property
    def originator(self) -> Originator: ...


class Offered(Protocol):
    """Where a command stands, as this rule asks."""

    @property
    def element(self) -> str: ...

    @property
    def request(self) -> Commanded: ...

    @property
    def grid(self) -> Grid: ...

    @property
    def settings(self) -> RuleSettings: ...


def outside_contract(standing: Offered) -> str:
    """S20: who acts under a contract, or as a market service, commands what the contract names, and nothing else."""
    originator, settings = standing.request.originator, standing.settings
    contract = settings.contracts.get(originator.identity)
    if contract is None:
        service = originator.market
        return f"{originator.identity} is a market service without a contract ([[market.contract]])" if service else ""
    element = standing.element
    if element in standing.grid.switches:
        return _not_its_breaker(contract, element, standing)
    if element in contract.assets:
        return ""
    return f"{element} is no asset of the contract of {contract.holder}"


def _not_its_breaker(contract: Contract, element: str, standing: Offered) -> str:
    if element not in contract.customer_breakers:
        return f"{element} is no customer's breaker of the contract of {contract.holder}"
    if element in standing.grid.feeder_of_breaker and not standing.settings.demonstration:
        return f"{element} is a feeder breaker; market services command none outside the demonstration world"
    return ""
