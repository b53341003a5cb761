"""`python -m substation.maintenance.self_test`: whether this code runs here, before it is to run a real unit.

A unit of its own, with data in a temporary folder and without field, is opened, logged in to over its data interface,
and asked. A release that cannot do this could not be maintained from afar any more: no way back but by hand.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from models.errors import RingmainError
from models.wire.keys import SigningKey
from protocols.exchange.client import connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit

UNIT = 'schema = 1\nunit = {name = "SELF-TEST", level = "TLGMU"}\n'
IMPORTED = ("ringmain", "protocols.front_end", "substation.maintenance.supervised", "substation.commands.check")
TIMEOUT_S, LOGIN_S = 60.0, 5.0


class SelfTestError(RingmainError):
    """The unit of the test does not answer as it should."""


async def run(folder: Path) -> None:
    """SelfTestError when the data interface does not serve."""
    for module in IMPORTED:
        importlib.import_module(module)
    key = SigningKey.generate()
    file = folder / "unit.toml"
    file.write_text(UNIT, encoding="utf-8")
    config = read_unit(file)
    with closing(StakeholderRegister(config.data)) as register:
        register.enrol(key.public, "self-test", Role.VIEWER, time.time_ns())
    async with open_unit(config, None) as unit:
        running = asyncio.ensure_future(unit.run())
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _ask(unit, key)
        except TimeoutError as error:
            raise SelfTestError(f"no answer of the data interface within {TIMEOUT_S:g} s") from error
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _ask(unit: Unit, key: SigningKey) -> None:
    host, port = await unit.listener.bound()
    async with connect(f"ws://{host}:{port}", key, timeout_s=LOGIN_S) as client:
        found = await client.query("Maintenance", client.unit)
        if [instance.variable for instance in found] != ["Maintenance"]:
            raise SelfTestError("the data interface does not tell the state of maintenance")


def main() -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="ringmain-test-") as folder:
            asyncio.run(run(Path(folder)))
    except RingmainError as error:
        print(f"ringmain: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
