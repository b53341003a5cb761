"""`unit.toml`: whose data a unit holds, who may use it by contract, and what holds where an owner has said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.config import Table
from models.policy import ANYONE, Access, Grant, Policy
from substation.data_groups.declared_rows import read_row
from substation.data_groups.row import Owner, Row
from substation.level import Level

_LEVELS = tuple(Level.__members__)
_ACCESSES = {member.value: member for member in Access}
_OWNERS = {member.value: member for member in Owner}
MOST_SECONDS = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Customer:
    """location: where the variables stand (`CMU017`). owner: stakeholder. meter: location of the meter, '' = none."""

    location: str
    owner: str
    level: Level = Level.CMU
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a customer has agreed to with a stakeholder. customer: owner. variables: patterns."""

    stakeholder: str
    service: str
    customer: str
    variables: tuple[str, ...]
    minimum_delay_s: float

    @property
    def grant(self) -> Grant:
        return Grant(self.stakeholder, self.service, Access.READ, round(self.minimum_delay_s * 1e9))


@dataclass(frozen=True, slots=True)
class Provider:
    """Who owns the variables of suppliers and data providers, at locations that match."""

    stakeholder: str
    variables: tuple[str, ...]
    locations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataSettings:
    """operator: the stakeholder as whom the operator's people are named in policies and contracts.

    aggregate_customers: of so many the aggregate belongs to the operator. defaults: policies of kinds of owners; a
    missing one is open to everyone who may read, but a customer's data to the parties of contracts alone.
    """

    operator: str = "DSO"
    aggregate_customers: int = 5
    defaults: Mapping[Owner, Policy] = field(default_factory=dict)
    customers: tuple[Customer, ...] = ()
    contracts: tuple[Contract, ...] = ()
    providers: tuple[Provider, ...] = ()
    variables: tuple[tuple[Level, Row], ...] = ()


def read_data(root: Table, level: Level) -> DataSettings:
    """`[policy]`, `[[customer]]`, `[[contract]]`, `[[provider]]`, `[[variable]]`; ConfigError with line and remedy."""
    policy = root.table("policy")
    settings = DataSettings(
        operator=policy.take("operator", str, "DSO"),
        aggregate_customers=_customers_at_least(policy),
        defaults=_defaults(policy),
        customers=_customers(root.tables("customer")),
        contracts=tuple(_contract(table) for table in root.tables("contract")),
        providers=tuple(_provider(table) for table in root.tables("provider")),
        variables=_variables(root.tables("variable"), level),
    )
    policy.done()
    _known_owners(root.tables("contract"), settings)
    return settings


def read_level(table: Table, key: str, default: Level | None = None) -> Level:
    """A level of the hierarchy by its name."""
    name = table.take(key, str, None if default is None else default.name)
    if name not in _LEVELS:
        raise table.error(key, f"level {name!r} is unknown", f"one of {', '.join(_LEVELS)}")
    return Level[name]


def _customers_at_least(policy: Table) -> int:
    count = policy.take("aggregate_customers", int, 5)
    if not 2 <= count <= 10_000:
        raise policy.error("aggregate_customers", f"'aggregate_customers' is {count}", "give 2 to 10000")
    return count


def _defaults(policy: Table) -> dict[Owner, Policy]:
    grants: dict[Owner, list[Grant]] = {}
    for table in policy.tables("grant"):
        of = table.take("of", str)
        if of not in _OWNERS:
            raise table.error("of", f"kind of owner {of!r} is unknown", f"one of {', '.join(_OWNERS)}")
        grants.setdefault(_OWNERS[of], []).append(_grant(table))
        table.done()
    return {owner: Policy(tuple(given)) for owner, given in grants.items()}


def _grant(table: Table) -> Grant:
    access = table.take("access", str, "r")
    if access not in _ACCESSES:
        raise table.error("access", f"access {access!r} is unknown", f"one of {', '.join(_ACCESSES)}")
    delay_ns = round(_delay(table) * 1e9)
    return Grant(_named(table, "stakeholder"), table.take("service", str, ANYONE), _ACCESSES[access], delay_ns)


def _delay(table: Table) -> float:
    seconds = table.take("minimum_delay_s", float, 0.0)
    if not 0 <= seconds <= MOST_SECONDS:
        raise table.error("minimum_delay_s", f"'minimum_delay_s' is {seconds:g}", f"give 0 to {MOST_SECONDS}")
    return seconds


def _named(table: Table, key: str) -> str:
    name = table.take(key, str)
    if not name or len(name) > 100:
        raise table.error(key, f"'{key}' is {name!r}", "give a name of 1 to 100 characters")
    return name


def _location(table: Table, key: str) -> str:
    name = _named(table, key)
    if "/" in name or "*" in name:
        raise table.error(key, f"'{key}' is {name!r}", "a unit's or meter's name has neither '/' nor '*'")
    return name


def _customers(tables: list[Table]) -> tuple[Customer, ...]:
    customers: list[Customer] = []
    seen: set[str] = set()
    for table in tables:
        location = _location(table, "name")
        meter = _location(table, "meter") if "meter" in table else ""
        owner = table.take("owner", str, location)
        customers.append(Customer(location, owner, read_level(table, "level", Level.CMU), meter))
        table.done()
        for key, name in (("name", location), ("meter", meter)):
            if name and name in seen:
                raise table.error(key, f"'{name}' occurs twice", "give each customer unit and meter a name of its own")
            seen.add(name)
    return tuple(customers)


def _contract(table: Table) -> Contract:
    contract = Contract(
        _named(table, "stakeholder"),
        table.take("service", str, ANYONE),
        _named(table, "customer"),
        tuple(table.take_list("variables", str, ["MMTR1.*"])),
        _delay(table),
    )
    table.done()
    return contract


def _provider(table: Table) -> Provider:
    variables = tuple(table.take_list("variables", str))
    provider = Provider(_named(table, "stakeholder"), variables, tuple(table.take_list("locations", str, ["*"])))
    table.done()
    return provider


def _variables(tables: list[Table], level: Level) -> tuple[tuple[Level, Row], ...]:
    rows: list[tuple[Level, Row]] = []
    for table in tables:
        at = read_level(table, "level", level)
        row = read_row(table)
        if (at, row.variable) in [(known, each.variable) for known, each in rows]:
            raise table.error("name", f"'{row.variable}' is declared twice", "give each variable a name of its own")
        rows.append((at, row))
    return tuple(rows)


def _known_owners(tables: list[Table], settings: DataSettings) -> None:
    owners = {customer.owner for customer in settings.customers} | {ANYONE}
    for table, contract in zip(tables, settings.contracts, strict=True):
        if settings.customers and contract.customer not in owners:
            text = f"no [[customer]] is owned by {contract.customer!r}"
            raise table.error("customer", text, "name the owner of a customer unit, or '*' for every customer")
