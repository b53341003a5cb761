"""Audit logs on a real disk, for tests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.wire.keys import SigningKey
from models.wire.messages import Code
from substation.audit.log import FOLDER, AuditLog
from substation.audit.settings import AuditSettings
from substation.audit.verification import Anchor, verify
from substation.exchange.decision import AccessDecision

KEY = SigningKey.from_seed(bytes([7]) * 32)
OTHER = SigningKey.from_seed(bytes([8]) * 32)
SMALL = AuditSettings(segment_kib=1, keep_kib=1024)


@asynccontextmanager
async def audit(
    data: Path, settings: AuditSettings = SMALL, unit: str = "OBR", key: SigningKey = KEY
) -> AsyncIterator[AuditLog]:
    log = await AuditLog.open(data, unit, key, settings, time.time_ns)
    try:
        yield log
    finally:
        await log.close()


def decision(number: int, code: Code = Code.OK) -> AccessDecision:
    return AccessDecision(
        1_763_640_000_000_000_000 + number,
        code,
        f"Olga{number} (OPERATOR)",
        f"write ST{number}/K1/E01/Q0/CSWI1.Pos.Oper",
        "" if code is Code.OK else 'S13: the "feeder" breaker is closed\n',
        "hmi",
    )


async def written(data: Path, count: int, settings: AuditSettings = SMALL) -> None:
    """A log of `count` decisions in several groups, closed."""
    async with audit(data, settings) as log:
        for number in range(count):
            log.decided(decision(number, Code.REFUSED if number % 7 == 3 else Code.OK))
            if number % 5 == 4:
                await log.flush()


def findings(data: Path, key: SigningKey = KEY, anchors: tuple[Anchor, ...] = ()) -> list[str]:
    return [str(finding) for finding in verify(data / FOLDER, "OBR", [key.public], anchors).findings]
