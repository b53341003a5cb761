"""Commands of every source stand in the audit log under the name of who gave them, with their outcome."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from models.command import Originator, OriginatorCategory
from models.point import Cdc, Dbpos
from protocols.exchange.client import connect
from substation.audit.record import ACCESS, COMMAND
from substation.control.request import Request
from substation.exchange.access import Role
from substation.security_desk import ENDINGS
from tests.substation.stakeholders.guard import OLGA
from tests.substation.unit_bench import Running, running


def _said(unit: Running, kind: str) -> list[tuple[str, str, str]]:
    found = [each for each in unit.unit.security.audit.newest if each.kind == kind]
    return [(each.text("who"), each.text("what"), each.text("code")) for each in found]


def test_people_and_automation(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            register = unit.unit.security.gatekeeper.register
            register.enrol(OLGA.public, "Olga", Role.OPERATOR, time.time_ns())
            point = next(spec.name for _, spec in unit.unit.parts.image.register.items() if spec.cdc is Cdc.DPC)
            host, port = await unit.unit.listener.bound()
            async with connect(f"ws://{host}:{port}", OLGA) as olga:
                answer = await olga.write(f"{point.variable}.Oper", point.location, int(Dbpos.OFF))
            fdir = Originator(OriginatorCategory.AUTOMATIC_STATION, "FDIR")
            result = await unit.station.gate.execute(Request(point, Dbpos.ON, fdir))
            await unit.unit.security.audit.flush()
            asked = f"write {point.location}/{point.variable}.Oper"
            assert ("Olga (OPERATOR)", asked, answer.code.value) in _said(unit, ACCESS)
            said = _said(unit, COMMAND)
            assert ("Olga (station control)", f"open {point.location}", answer.code.value) in said
            assert ("FDIR (automatic station)", f"close {point.location}", ENDINGS[result.ending].value) in said

    asyncio.run(main())
