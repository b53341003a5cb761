"""`[[control_centre]]` of unit.toml: whom we answer over IEC 60870-5-104, and what is agreed with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.config import Table
from models.errors import LocalProtocolError
from protocols.iec104.controlled_station.settings import GroupSettings
from protocols.iec104.link.session import Parameters
from substation.northbound.absence import ALARM_AFTER_S, read_alarm_after_s
from substation.northbound.agreed.addresses import ListenAddress, distinct, read_addresses, read_listen, read_peers
from substation.northbound.agreed.buffer_settings import read_buffer
from substation.northbound.agreed.command_rights import CommandRights, read_command_rights
from substation.northbound.agreed.services import read_services
from substation.northbound.agreed.time_tags import read_clock_rule, read_time
from substation.northbound.agreed.tls import CentreTls, read_centre_tls
from substation.northbound.files import FileOffer, read_files
from substation.trust.settings import TlsSettings
from substation.unit_name import read_unit_name

__all__ = ["ControlCentre", "ListenAddress", "read_control_centres", "read_listen"]

_LONGEST_WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True)
class ControlCentre:
    """One control centre: a redundancy group of connections, of which one transfers data. We listen, it connects.

    alarm_after_s: how long it may be away before people are alarmed.
    """

    listen: ListenAddress
    group: GroupSettings
    commands: CommandRights = CommandRights()
    files: FileOffer | None = None
    tls: CentreTls | None = None
    further: tuple[ListenAddress, ...] = ()
    alarm_after_s: float = ALARM_AFTER_S

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """All that it may connect to."""
        return (self.listen, *self.further)

    @property
    def name(self) -> str:
        return self.group.name


def read_control_centres(
    tables: Sequence[Table], tls: TlsSettings | None = None, folder: Path = Path()
) -> tuple[ControlCentre, ...]:
    """ConfigError with line and remedy; names occur once, addresses too unless peers tell who is who (port 0 is
    another one each time)."""
    centres = tuple(_control_centre(table, tls, folder) for table in tables)
    names = Counter(centre.name for centre in centres)
    for table, centre in zip(tables, centres, strict=True):
        if names[centre.name] > 1:
            raise table.error(
                "name", f"'{centre.name}' occurs {names[centre.name]} times", "give each a name of its own"
            )
        for address in centre.addresses:
            sharing = [(each.group.peers, each.tls is not None) for each in centres if address in each.addresses]
            if address.port and len(sharing) > 1 and (reason := distinct(sharing)):
                remedy = "give each an address of its own, or 'peers' that tell who is who"
                raise table.error("port", f"'{centre.name}' is not alone at {address}: {reason}", remedy)
    return centres


def _control_centre(table: Table, tls: TlsSettings | None, folder: Path) -> ControlCentre:
    (listen, *further), group = read_addresses(table), _group(table)
    centre = ControlCentre(
        listen=listen,
        further=tuple(further),
        group=group,
        commands=read_command_rights(table),
        alarm_after_s=read_alarm_after_s(table),
        files=read_files(table.table("files")),
        tls=read_centre_tls(table, group.name, [each.host for each in (listen, *further)], tls, folder),
    )
    table.done()
    return centre


def _group(table: Table) -> GroupSettings:
    buffer = read_buffer(table.table("buffer"))
    zone, tag_style = read_time(table.table("time"))
    return GroupSettings(
        name=read_unit_name(table, "name", "control centre's name"),
        parameters=_parameters(table.table("link")),
        zone=zone,
        tag_style=tag_style,
        accepts_clock=read_clock_rule(table),
        services=read_services(table),
        command_window_s=_command_window_s(table),
        events=buffer.events,
        event_octets=buffer.octets,
        overflow=buffer.overflow,
        peers=read_peers(table),
        most_connections=_most_connections(table),
    )


def _most_connections(table: Table) -> int:
    """Of the redundancy group at the same time."""
    most = table.take("most_connections", int, GroupSettings().most_connections)
    if most < 1:
        raise table.error("most_connections", f"'most_connections' is {most}", "write at least 1")
    return most


def _command_window_s(table: Table) -> float:
    """How far the time tag of a command may be off, either way."""
    window_s = table.take("command_window_s", float, GroupSettings().command_window_s)
    if not 0.0 < window_s <= _LONGEST_WINDOW_S:
        raise table.error(
            "command_window_s", f"command_window_s is {window_s:g}", f"write more than 0, at most {_LONGEST_WINDOW_S:g}"
        )
    return window_s


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
