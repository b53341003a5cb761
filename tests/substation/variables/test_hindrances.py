"""What stands in the way of a command is told beforehand, rule by rule, as the gate would refuse it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from models.point import PointName
from models.wire.keys import SigningKey
from protocols.exchange.client import connect
from substation.exchange.access import Role
from tests.substation.unit_bench import running

OLGA = SigningKey.from_seed(bytes([3]) * 32)
BREAKER = "OBR1/K1/E03/Q0"


def test_rules_for_opening_and_closing_are_told_beforehand(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            unit.unit.security.gatekeeper.register.enrol(OLGA.public, "Olga", Role.OPERATOR, time.time_ns())
            host, port = await unit.unit.listener.bound()
            async with connect(f"ws://{host}:{port}", OLGA) as olga:
                [told] = await olga.query("Interlocking", BREAKER)
                assert isinstance(told.value, dict)
                assert told.value["open"] == []
                await unit.field.tell(PointName("OBR1/K1/E03", "LLN0.Loc"), True)
                await unit.field.tell(PointName(BREAKER, "CILO1.EnaOpn"), False)
                [told] = await olga.query("Interlocking", BREAKER)
                assert isinstance(told.value, dict)
                refusals = told.value["open"]
                assert isinstance(refusals, list)
                found = {each["rule"]: each for each in refusals if isinstance(each, dict)}
                assert set(found) == {"S18", "S21"}
                assert "local control" in str(found["S18"]["text"])
                assert not any("refused" in text for text in unit.texts())  # asking is no command
                refused = await olga.write("CSWI1.Pos.SBOw", BREAKER, 1)
                for each in found.values():
                    assert f"{each['rule']}: {each['text']}" in refused.text
            assert unit.field.commands == []

    asyncio.run(main())
