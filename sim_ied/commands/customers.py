"""`ringmain customers CUSTOMERS.toml`: simulate households and their smart meters until interrupted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
from pathlib import Path

from sim_ied.control_socket import serve_control
from sim_ied.customers.noise_thread import NoiseThread
from sim_ied.customers.settings import CustomersSettings, read_customers
from sim_ied.customers.steering import CustomerDesk
from sim_ied.customers.world import Customers


def run(argv: list[str]) -> int:
    """Exit status 0 after SIGINT or SIGTERM. ConfigError for wrong files."""
    parser = argparse.ArgumentParser(prog="ringmain customers", description="simulate households and smart meters")
    parser.add_argument("customers", type=Path, metavar="CUSTOMERS.toml")
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="Unix socket for failures and truth")
    options = parser.parse_args(argv)
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_serve(read_customers(options.customers), options.control))
    return 0


async def _serve(settings: CustomersSettings, control: Path | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        customers = Customers(settings, await stack.enter_async_context(NoiseThread()))
        if control is not None:
            await stack.enter_async_context(await serve_control(CustomerDesk(customers).carry_out, control))
            stack.callback(control.unlink, missing_ok=True)
        print(
            f"simulating {len(customers.meters)} customers, seed {settings.seed}, speed {settings.speed:g}", flush=True
        )
        await _run_until(stopped, customers)


async def _run_until(stopped: asyncio.Event, customers: Customers) -> None:
    running, waiting = asyncio.ensure_future(customers.run()), asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
