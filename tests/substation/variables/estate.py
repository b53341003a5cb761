"""Declared variables of an LVGMU with customers behind the real request processor, on disk, by a clock of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.policy import Access, Grant, Policy
from models.wire import messages as m
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from substation.config import UnitConfig, read_unit
from substation.control.database import Database
from substation.data_access import DataAccess
from substation.exchange.access import Identity, Role
from substation.exchange.decision import AccessDecision
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import WriteResult
from substation.history.store import History
from substation.variables.publication import Publication

SECOND = 10**9
START_NS = 1_772_323_200 * SECOND  # a whole day, so a whole quarter of an hour


def someone(number: int, name: str, role: Role = Role.VIEWER, service: str = "", **more: tuple[str, ...]) -> Identity:
    return Identity(SigningKey.from_seed(bytes([number]) * 32).public.key_id, name, role, service, **more)


C017, C018 = someone(17, "C017"), someone(18, "C018")
ES2, ES3, AGGREGATOR = someone(2, "ES2", service="billing"), someone(3, "ES3"), someone(4, "Sum4All")
OLGA, ERIK = someone(5, "Olga", Role.OPERATOR), someone(6, "Erik", Role.ENGINEER)

UNIT = """schema = 1
[unit]
name = "LVGMU103"
level = "LVGMU"
"""
CUSTOMERS = "".join(
    f'[[customer]]\nname = "CMU{number:03}"\nowner = "C{number:03}"\nmeter = "SM{number:03}"\n'
    for number in range(11, 23)
)
CONTRACT = """[[contract]]
stakeholder = "ES2"
service = "billing"
customer = "*"
variables = ["MMTR1.*"]
minimum_delay_s = 900
"""


@dataclass
class Clock:
    now_ns: int = START_NS

    def __call__(self) -> int:
        return self.now_ns

    def go(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND)


@dataclass
class Heard:
    told: list[Instance] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def events(self, instances: Sequence[Instance]) -> None:
        self.told += instances

    latest = events

    @property
    def values(self) -> list[WireValue]:
        return [instance.value for instance in self.told]


class Estate:
    def __init__(self, config: UnitConfig, access: DataAccess, clock: Clock) -> None:
        self.access, self.declared, self.clock = access, access.declared, clock
        self.decided: list[AccessDecision] = []
        routes = access.routes(Publication(config.name, clock))
        self.processor = RequestProcessor(
            routes, clock, self.decided.append, guard=access.guard, disclosure=access.disclosure
        )

    async def write(
        self, who: Identity, variable: str, location: str, value: WireValue, policy: Policy | None = None
    ) -> WriteResult:
        return await self.processor.write(who, m.Write(1, variable, location, value, policy))

    async def read(
        self,
        who: Identity,
        variable: str,
        location: str,
        condition: str = "",
        function: m.Function | None = None,
        told: Callable[[str], None] = lambda _: None,
        across: bool = False,
    ) -> list[Instance]:
        query = m.Query(1, variable, location, condition, function, across=across)
        return await self.processor.query(who, query, told)

    async def values(self, who: Identity, variable: str, location: str, condition: str = "") -> list[WireValue]:
        return [instance.value for instance in await self.read(who, variable, location, condition)]

    def listen(self, who: Identity, variable: str, location: str, condition: str = "", initial: bool = False) -> Heard:
        heard = Heard()
        self.processor.event(who, m.Event(1, variable, location, condition, initial), heard, heard.notes.append)
        return heard


@asynccontextmanager
async def estate(folder: Path, more: str = CUSTOMERS, clock: Clock | None = None) -> AsyncIterator[Estate]:
    """Opened again on the same folder, it is the same unit after a restart."""
    now = clock or Clock()
    (folder / "unit.toml").write_text(UNIT + more)
    config = read_unit(folder / "unit.toml")
    history = History(folder / "history.sqlite")
    database = await Database.open(folder / "control.sqlite")
    try:
        access = await DataAccess.open(config, history, database, now)
        yield Estate(config, access, now)
        await access.close()
        await history.flush()
    finally:
        await database.close()
        history.close()


def may(stakeholder: str, access: str = "r", service: str = "*", delay_s: float = 0) -> Policy:
    return Policy((Grant(stakeholder, service, Access(access), round(delay_s * SECOND)),))
