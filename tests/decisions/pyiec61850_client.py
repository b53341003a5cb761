"""pyiec61850-ng's client: PORT READS yes|no. Reads an indication again and again, with its reports enabled or not.

When it makes no progress, it prints where it stands and leaves with status 1: the watchdog thread of faulthandler is
native and needs no lock of Python's.
"""

from __future__ import annotations

import faulthandler
import sys

import pyiec61850.pyiec61850 as iec

HANGS_AFTER_S = 3
ON_DATA_CHANGE = 1
CONNECTIONS = 20
REPORTS = "IED1LD0/LLN0.RP.reports"
INDICATION = "IED1LD0/GGIO1.Ind1.stVal"


class Ignore(iec.RCBHandler):  # type: ignore[misc]
    """A handler of reports; that there is one is enough."""

    def trigger(self) -> None:
        """Called from the receiving thread."""


def read(connection: object) -> bool:
    """Whether the server answered."""
    return bool(iec.IedConnection_readBooleanValue(connection, INDICATION, iec.IEC61850_FC_ST)[-1] == 0)


def connect(port: int) -> object:
    """A connection that answers: up to one in seven loses its first request, and then never recovers."""
    for _ in range(CONNECTIONS):
        connection = iec.IedConnection_create()
        if iec.IedConnection_connect(connection, "127.0.0.1", port)[-1] == 0 and read(connection):
            return connection
        iec.IedConnection_destroy(connection)
    raise ConnectionError(f"no answer on {CONNECTIONS} connections")


def subscribe(connection: object) -> iec.RCBSubscriber:
    handler = Ignore()
    handler.__disown__()  # its subscriber deletes it
    subscriber = iec.RCBSubscriber()
    subscriber.setIedConnection(connection)
    subscriber.setRcbReference(REPORTS)
    subscriber.setRcbRptId("reports")
    subscriber.setEventHandler(handler)
    assert subscriber.subscribe()
    return subscriber


def enable(connection: object) -> None:
    block = iec.ClientReportControlBlock_create(REPORTS)
    assert iec.IedConnection_getRCBValues(connection, REPORTS, block)[-1] == 0
    iec.ClientReportControlBlock_setTrgOps(block, ON_DATA_CHANGE)
    iec.ClientReportControlBlock_setRptEna(block, True)
    elements = iec.RCB_ELEMENT_RPT_ENA | iec.RCB_ELEMENT_TRG_OPS
    iec.pyWrap_IedConnection_setRCBValues(connection, block, elements, True)  # one of the four that release the lock


port, reads, reports = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "yes"
connection = connect(port)
if reports:
    subscriber = subscribe(connection)
    enable(connection)
for _ in range(reads):
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True, file=sys.stdout)
    assert read(connection)
faulthandler.cancel_dump_traceback_later()
print("all read", flush=True)
iec.IedConnection_close(connection)
