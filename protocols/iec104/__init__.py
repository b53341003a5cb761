"""IEC 60870-5-104 in both roles: a sans-IO core (codec, session, stations) under thin asyncio shells."""

from __future__ import annotations

from models.driver import DriverInfo

info = DriverInfo("iec104", "protocols.iec104.master:create", "protocols.iec104.link_check:check")
