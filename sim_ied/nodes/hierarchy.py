"""Local and remote: whose commands a node takes, by LocKey, Loc, LocSta and MltLev of IEC 61850-7-4."""

from __future__ import annotations

from models.command import OriginatorCategory

_BAY = frozenset({OriginatorCategory.BAY_CONTROL, OriginatorCategory.AUTOMATIC_BAY, OriginatorCategory.MAINTENANCE})
_STATION = frozenset(
    {OriginatorCategory.STATION_CONTROL, OriginatorCategory.AUTOMATIC_STATION, OriginatorCategory.MAINTENANCE}
)


def permits(category: OriginatorCategory, local: bool, station: bool, many_levels: bool) -> bool:
    """local: Loc; station: LocSta; many_levels: MltLev, lower levels keep their right beside higher ones.

    Local: the bay alone. Station: the station, and the bay with many levels. Else the station and whatever is above it
    (who does not state where it stands counts as remote), and the bay with many levels: many stations have one level
    of remote control, so LocSta false does not shut out the station itself.
    """
    if local:
        return category in _BAY
    if category in _BAY - _STATION:
        return many_levels
    return category in _STATION if station else True
