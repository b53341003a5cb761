"""A unit to be measured, a process of its own: `python -m tests.bench.exchange_unit FOLDER`.

| order | result |
|---|---|
| `["open", SERVICE_KEY, OWNER_KEY]` | the address; the owner of one variable has granted the service to read it |
| `["publish", COUNT, PERIOD_S]` | true once COUNT values of a variable have been published, one every PERIOD_S |
| `["cpu"]` | CPU seconds of the whole process, all threads |
| `["verify", COUNT]` | CPU seconds for COUNT bare Ed25519 verifications of the frame of a query |
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from models.policy import ANYONE, Access, Grant, Policy
from models.wire import cose
from models.wire import messages as m
from models.wire.envelope import Envelope, encoded
from models.wire.keys import SigningKey, VerifyKey
from protocols.exchange.client import connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit
from tests.bench import exchange_values
from tests.bench.child import answer

CUSTOMER, OWNER, SERVICE = "CMU017", "C017", "Overload Ltd"
VARIABLE = "MMXU1.TotW"
TOML = f"""schema = 1
[unit]
name = "{exchange_values.UNIT}"
level = "LVGMU"
[security]
sessions_per_stakeholder = 100
[[customer]]
name = "{CUSTOMER}"
owner = "{OWNER}"
"""


class MeasuredUnit:
    """folder: of its unit.toml and data."""

    def __init__(self, folder: Path, stack: AsyncExitStack, group: asyncio.TaskGroup) -> None:
        self._folder, self._stack, self._group = folder, stack, group
        self._unit: Unit | None = None

    async def open(self, service: str, owner: str) -> str:
        file = self._folder / "unit.toml"
        file.write_text(TOML, encoding="utf-8")
        config = read_unit(file)
        register = StakeholderRegister(config.data)
        for key, name in ((service, SERVICE), (owner, OWNER)):
            register.enrol(VerifyKey.from_text(SigningKey.from_text(key).public.to_text()), name, Role.VIEWER, 1)
        register.close()
        self._unit = await self._stack.enter_async_context(open_unit(config, None))
        self._group.create_task(self._unit.run())
        host, port = await self._unit.listener.bound()
        url = f"ws://{host}:{port}"
        async with connect(url, SigningKey.from_text(owner)) as customer:
            policy = Policy((Grant(SERVICE, ANYONE, Access.READ),))
            done = await customer.write(VARIABLE, CUSTOMER, 1234.5, policy)
            if done.code is not m.Code.OK:
                raise ValueError(f"the owner cannot write: {done}")
        gc.collect()
        gc.freeze()  # as `ringmain serve` does
        return url

    async def cpu(self) -> float:
        return time.process_time()

    async def verify(self, count: int) -> float:
        key = SigningKey.generate()
        envelope = Envelope(bytes(16), 2**32, time.time_ns(), (m.Query(1, VARIABLE, CUSTOMER),))
        parts = cose.parse(cose.sign(key, encoded(envelope)))
        public = Ed25519PublicKey.from_public_bytes(key.public.raw)
        message = cose._to_be_signed(parts.protected, parts.payload, cose.CONTEXT)  # noqa: SLF001
        began_s = time.process_time()
        for _ in range(count):
            public.verify(parts.signature, message)
        return time.process_time() - began_s

    async def publish(self, count: int, period_s: float) -> bool:
        if self._unit is None:
            raise ValueError("open comes first")
        for number in range(count):
            self._unit.parts.publication.publish(exchange_values.VARIABLE, [number, time.monotonic_ns()])
            await asyncio.sleep(period_s)
        return True


async def _main() -> None:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        unit = MeasuredUnit(Path(sys.argv[1]), stack, group)
        orders = {name: getattr(unit, name) for name in ("open", "cpu", "verify", "publish")}
        await answer(orders)
        raise asyncio.CancelledError


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(_main())
