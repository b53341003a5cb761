"""What both clients are asked to do, so that the figures compare the same work.

The devices are libiec61850's servers, all in one process (`python -m tests.bench.mms.devices`):

| order | result |
|---|---|
| `["open", DEVICES]` | their ports; see below |
| `["burst", REPORTS]` | every device changes all its measured values REPORTS times: seconds |
| `["paced", COUNT, RATE]` | events 0 to COUNT - 1, one by one at RATE per s, at device after device: UTC ns of each |
| `["usage"]` | {"cpu_s", "rss_bytes", "threads"} |

Each device has MEASURANDS measured values in one buffered block, an event object and a switch in another one.

A client is a process as well (`python -m tests.bench.mms.side ours|unit|libiec61850`):

| order | result |
|---|---|
| `["connect", PORTS]` | seconds until all these devices report and have told everything once |
| `["arrived", REPORTS, PATIENCE_S]` | {"reports", "points", "gaps"} of measured values, see below |
| `["events", COUNT, PATIENCE_S]` | [NUMBER, UTC ns] of each event |
| `["switch", DEVICE, COUNT]` | seconds of each select, operate, termination and reported position |
| `["usage"]` | as above |

`arrived` and `events` answer when so many have come since they were asked last, or when nothing has for PATIENCE_S.
Every value comes with its quality and its time, on the loop of the client's process: that is where a unit needs it.
"""

from __future__ import annotations

MEASURANDS = 100
DEVICE = "IED1LD0"
MEASURED_BLOCK, EVENT_BLOCK = "brcbMeasured01", "brcbEvents01"


def measured(number: int) -> str:
    """The data object of a measured value, from 1 on."""
    return f"GGIO1.AnIn{number}"


EVENT, SWITCH = "GGIO1.IntIn1", "CSWI1.Pos"
INTEGRITY_S = 60.0
"""Longer than any turn: an integrity report is no work of the turn."""
