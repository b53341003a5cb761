"""IEC 61850 MMS client: reports, general interrogation and controls of one device per link (IEC 61850-8-1)."""

from __future__ import annotations

from models.driver import DriverInfo

info = DriverInfo("iec61850", "protocols.iec61850.client:create", "protocols.iec61850.link_check:check")
