"""A first `unit.toml` for a simulated site: one management unit with one control centre, everything on loopback."""

from __future__ import annotations

from dataclasses import replace

from models.network.elements import Network
from sim_ied.site_change import SiteChange

_TEMPLATE = """\
# The management unit of {name}. Paths are relative to this file.
schema = 1

[unit]
name = "{name}"
level = "MVGMU"
data = "data"                      # history, journal, keys
scd = "scd.xml"
network = "network.json"

[links]
addresses = "addresses.json"       # written by the simulator; takes the place of the addresses in the SCD

[data_interface]                   # for operators' windows and other units
host = "127.0.0.1"
port = 8104

[[control_centre]]                 # we listen, the control centre connects (IEC 60870-5-104)
name = "control-centre"
host = "127.0.0.1"
port = 2404

[fdir]
mode = "manual"                    # disabled, manual (an order is proposed) or automatic
evidence_window_s = {window_s:g}              # from the final trip until indications count as complete
travel_s = {travel_s:g}                      # longest time from a switch command to its confirmed position
{more}
[fdir.feeders]                     # the lower of the unit's and the feeder's mode rules
{feeders}
"""

EVIDENCE_WINDOW_S = 3.0
TRAVEL_S = 10.0


def write_unit(network: Network, change: SiteChange | None = None) -> str:
    """The file's text, with every feeder of the network. change: what a scenario asks of [fdir]."""
    feeders = "\n".join(f'"{feeder.id}" = "automatic"' for feeder in network.feeders)
    keys = dict((change.unit if change else None) or {})
    window_s, travel_s = keys.pop("evidence_window_s", EVIDENCE_WINDOW_S), keys.pop("travel_s", TRAVEL_S)
    more = "" if change is None else fdir_keys(replace(change, unit=keys))
    return _TEMPLATE.format(name=network.name, feeders=feeders, window_s=window_s, travel_s=travel_s, more=more)


def fdir_keys(change: SiteChange) -> str:
    """What a scenario asks of [fdir], as the lines that follow its header."""
    lines = [f"{key} = {value}\n" for key, value in (change.unit or {}).items()]
    if change.late_s:
        lines += ["\n[fdir.late_s]\n", *(f'"{station}" = {value}\n' for station, value in change.late_s.items())]
    return "".join(lines)
