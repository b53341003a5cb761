"""`[[control_centre]]` of unit.toml: whom we answer over IEC 60870-5-104, and what is agreed with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.config import Table
from models.errors import LocalProtocolError
from protocols.iec104.controlled_station.settings import GroupSettings
from protocols.iec104.link.session import Parameters
from substation.northbound.files import FileOffer, read_files

EVENTS_KEPT = 200_000
"""Events kept per control centre while it is away; one that is dropped is counted and announced."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ControlCentre:
    """One control centre: a redundancy group of connections, of which one transfers data. We listen, it connects."""

    listen: ListenAddress
    group: GroupSettings
    files: FileOffer | None = None

    @property
    def name(self) -> str:
        return self.group.name


def read_control_centres(tables: Sequence[Table]) -> tuple[ControlCentre, ...]:
    """ConfigError with line and remedy; names and addresses occur once (port 0 is another one each time)."""
    centres = tuple(_control_centre(table) for table in tables)
    names = Counter(centre.name for centre in centres)
    addresses = Counter(centre.listen for centre in centres if centre.listen.port)
    for table, centre in zip(tables, centres, strict=True):
        if names[centre.name] > 1:
            raise table.error(
                "name", f"'{centre.name}' occurs {names[centre.name]} times", "give each a name of its own"
            )
        if addresses[centre.listen] > 1:
            where = f"{centre.listen.host}:{centre.listen.port}"
            raise table.error("port", f"two listen on {where}", "give each an address of its own")
    return centres


def read_listen(table: Table) -> ListenAddress:
    """Keys host and port; port 0 takes a free one."""
    address = ListenAddress(table.take("host", str, "127.0.0.1"), table.take("port", int, 0))
    if not 0 <= address.port <= 65535:
        raise table.error("port", f"port {address.port} does not exist", "0 (any free port) to 65535")
    return address


def _control_centre(table: Table) -> ControlCentre:
    centre = ControlCentre(listen=read_listen(table), group=_group(table), files=read_files(table.table("files")))
    table.done()
    return centre


def _group(table: Table) -> GroupSettings:
    return GroupSettings(
        name=table.take("name", str),
        parameters=_parameters(table.table("link")),
        accepts_clock=False,
        events=EVENTS_KEPT,
    )


def _parameters(table: Table) -> Parameters:
    """`[control_centre.link]`: k, w and the timers of IEC 60870-5-104 9.6."""
    standard = Parameters()
    numbers = {name: table.take(name, int, getattr(standard, name)) for name in ("k", "w")}
    times = {name: table.take(name, float, getattr(standard, name)) for name in ("t1_s", "t2_s", "t3_s")}
    table.done()
    try:
        return Parameters(**numbers, **times)
    except LocalProtocolError as error:
        raise table.error(None, str(error), "correct it as agreed with the control centre") from error
