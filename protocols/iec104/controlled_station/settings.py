"""What is agreed with one control centre: the settings of its redundancy group at the controlled station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from ipaddress import IPv4Network, IPv6Network

from protocols.iec104.application.cp56 import TagStyle
from protocols.iec104.controlled_station.service_settings import ServiceSettings
from protocols.iec104.link.session import Parameters

MAIN = "main"
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """One redundancy group: the connections of one control centre, of which one transfers data.

    parameters: k, w and timers of each connection. zone, tag_style: of all time tags, both ways. command_window_s: how
    far the tag of a time-tagged command may be off. accepts_clock: clock synchronisation is asked of `on_clock`, else
    refused (SAFETY S23). services: which it has been granted, and how. events, event_octets: capacity of the group's
    event buffer, for each class of events. overflow: common and object address of a single point that tells events
    lost. peers: who may connect (empty: everybody). most_connections: of the group at the same time, one of which is
    started.
    """

    name: str = MAIN
    parameters: Parameters = field(default_factory=Parameters)
    zone: tzinfo = UTC
    tag_style: TagStyle = TagStyle()
    command_window_s: float = 30.0
    accepts_clock: bool = True
    events: int = 10_000
    services: ServiceSettings = ServiceSettings()
    event_octets: int = 1 << 40
    overflow: tuple[int, int] | None = None
    peers: tuple[Network, ...] = ()
    most_connections: int = 8
