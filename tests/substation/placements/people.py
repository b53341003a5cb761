"""A whole unit whose people act through the providers of the data interface."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.keys import KeyId
from models.wire.messages import Code
from substation.exchange.access import Identity, Role
from tests.substation.commands.small_site import small_site
from tests.substation.unit_bench import Running, running

ADA = Identity(KeyId(b"a" * 32), "Ada", Role.OPERATOR, approves=True)
BO = Identity(KeyId(b"b" * 32), "Bo", Role.OPERATOR, approves=True)
CY = Identity(KeyId(b"c" * 32), "Cy", Role.VIEWER)


def run(folder: Path, work: Callable[[Running], Awaitable[None]], *settings: str) -> None:
    """settings: tables that are added to unit.toml at the first start."""

    async def main() -> None:
        if settings and not (folder / "unit.toml").exists():
            file = small_site(folder)
            file.write_text("\n".join((file.read_text(encoding="utf-8"), *settings)), encoding="utf-8")
        async with running(folder) as made:
            await work(made)

    asyncio.run(main())


async def write(made: Running, variable: str, where: str, value: WireValue, who: Identity = ADA) -> tuple[Code, str]:
    """As the request processor routes it; rights are its own matter."""
    routes = made.station.routes()
    chosen = next(route for route in routes if matches(route.variable, variable) and matches(route.location, where))
    answer = await chosen.provider.write(variable, where, value, who)
    return answer.code, answer.text


async def until(seen: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(20):
        while not seen():
            await asyncio.sleep(0.005)
