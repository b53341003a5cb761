"""`ringmain sim --scl FILE`: from the options of the command line to servers, until somebody stops them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.driver import Clock
from sim_ied.addresses import earlier_ports
from sim_ied.device_tls import DeviceTls
from sim_ied.disturbance import Disturbance
from sim_ied.scl_site.reading import read_scl_site
from sim_ied.scl_site.simulator import SclSimulator
from sim_ied.scl_site.steering import serve_steering
from sim_ied.scl_site.table import notes, table
from sim_ied.stopping import run_until


@dataclass(frozen=True, slots=True)
class Orders:
    """What the command line asks for. ieds: empty for all; addresses: kept for units and for the next start; tls:
    for which devices.
    """

    file: Path
    ieds: tuple[str, ...]
    addresses: Path | None
    control: Path | None
    scenario: Sequence[Disturbance]
    seed: int
    speed: float
    tls: DeviceTls | None = None


async def serve(orders: Orders, stopped: asyncio.Event, clock: Clock = time.time_ns) -> None:
    """Until `stopped` is set. RingmainError for files and addresses that do not serve."""
    wanted = orders.ieds or None
    scl, models = await asyncio.to_thread(read_scl_site, orders.file, wanted)
    ports = {} if orders.addresses is None else earlier_ports(orders.addresses)
    simulator = SclSimulator(
        scl, models, clock, wanted=wanted, ports=ports, seed=orders.seed, speed=orders.speed, tls=orders.tls
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(simulator.close)
        await simulator.open()
        if orders.control is not None:
            await stack.enter_async_context(await serve_steering(simulator, orders.control))
            stack.callback(orders.control.unlink, missing_ok=True)
        if orders.addresses is not None:
            simulator.write_addresses(orders.addresses)
        for line in [*notes(models.findings, simulator), *table(simulator)]:
            print(line, flush=True)
        await run_until(stopped, simulator.run(orders.scenario))
