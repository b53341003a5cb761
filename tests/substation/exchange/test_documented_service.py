"""The service that docs/data-interface.md shows does what it says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from models.quality import Quality
from models.wire.instance import Instance
from tests.substation.exchange.board import VIEWER, site, until

PAGE = Path(__file__).parents[3] / "docs" / "data-interface.md"


def test_the_documented_service(tmp_path: Path) -> None:
    source = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert source is not None
    assert len(source.group(1).splitlines()) <= 20
    service: dict[str, object] = {}
    exec(compile(source.group(1), str(PAGE), "exec"), service)
    key_file = tmp_path / "service.key"
    key_file.write_text(VIEWER.to_text())

    async def run() -> None:
        async with site(tmp_path / "data") as unit:
            task = asyncio.create_task(service["report_overload"](unit.url, key_file, 400e3))  # type: ignore[operator]
            await until(lambda: unit.board.subscribers)
            for value, quality in ((300e3, Quality.GOOD), (900e3, Quality.INVALID), (450e3, Quality.GOOD)):
                unit.board.put(Instance("MMXU1.TotW", "ST103/T1", value, 1, int(quality)))
            assert await asyncio.wait_for(task, 20) == "ST103/T1 takes 450 kW"

    asyncio.run(run())
