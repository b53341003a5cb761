"""`ringmain customers CUSTOMERS.toml`: simulate households and their smart meters until interrupted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
from pathlib import Path

from sim_ied.control_socket import serve_control
from sim_ied.customers.noise_thread import NoiseThread
from sim_ied.customers.settings import CustomersSettings, read_customers
from sim_ied.customers.steering import CustomerDesk
from sim_ied.customers.world import Customers
from sim_ied.stopping import run_until, stopped_by_signals


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
    stopped = stopped_by_signals()
    async with contextlib.AsyncExitStack() as stack:
        customers = Customers(settings, await stack.enter_async_context(NoiseThread()))
        if control is not None:
            await stack.enter_async_context(await serve_control(CustomerDesk(customers).carry_out, control))
            stack.callback(control.unlink, missing_ok=True)
        print(
            f"simulating {len(customers.meters)} customers, seed {settings.seed}, speed {settings.speed:g}", flush=True
        )
        await run_until(stopped, customers.run())
