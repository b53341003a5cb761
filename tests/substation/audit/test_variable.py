"""The log as a variable: an answer holds whatever was decided before the question."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.wire.condition import And, Term
from models.wire.condition_grammar import parse
from substation.audit.log import FOLDER, AuditLog
from substation.audit.record import SYSTEM
from substation.audit.segments import name_of
from substation.audit.settings import AuditSettings
from substation.exchange.variables import Selection
from substation.variables.audit import VARIABLE, AuditVariables
from tests.substation.audit.logs import audit, decision
from tests.substation.audit.test_log import no_larger_files_than, read

EVERY = And(())


async def told(log: AuditLog, condition: Term = EVERY) -> list[str]:
    found = await AuditVariables("OBR", log).read(Selection(VARIABLE, "OBR", condition))
    return [str(each.value["what"]) for each in found if isinstance(each.value, dict)]


def test_what_was_done_just_now(tmp_path: Path) -> None:
    async def main() -> None:
        async with audit(tmp_path, AuditSettings()) as log:
            log.tell(SYSTEM, "Sara", "withdraws Nina")
            assert "withdraws Nina" in await told(log)
            log.decided(decision(1))
            assert any("ST1/K1" in each for each in await told(log, parse('time > "2000-01-01T00:00:00Z"')))

    asyncio.run(main())


def test_no_answer_waits_for_later_records(tmp_path: Path) -> None:
    async def main() -> None:
        async with audit(tmp_path, AuditSettings()) as log:
            going = True

            async def many() -> None:
                while going:
                    log.decided(decision(2))
                    await asyncio.sleep(0)

            task = asyncio.create_task(many())
            log.tell(SYSTEM, "Sara", "withdraws Nina")
            async with asyncio.timeout(20):
                await log.flush()
            going = False
            await task
            assert any(each.text("what") == "withdraws Nina" for each in read(tmp_path))

    asyncio.run(main())


def test_a_disk_that_refuses_withholds_no_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with audit(tmp_path, AuditSettings()) as log:
            log.tell(SYSTEM, "Sara", "enrols Nina")
            await log.flush()
            size = (tmp_path / FOLDER / name_of(1)).stat().st_size
            with no_larger_files_than(size + 10):
                log.tell(SYSTEM, "Sara", "withdraws Nina")
                found = await told(log)
            assert "enrols Nina" in found
            assert "withdraws Nina" not in found

    asyncio.run(main())
