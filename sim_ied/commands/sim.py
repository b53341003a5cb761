"""`ringmain sim WORLD.toml`: serve the simulated devices until interrupted; `--scl FILE`: those of any SCL file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from pathlib import Path

from models.bounded import bounded_number
from sim_ied.addresses import earlier_ports
from sim_ied.device_tls import read_tls_file
from sim_ied.scenario import Scenario, open_scenario
from sim_ied.scl_site.serving import Orders, serve
from sim_ied.server import Simulator
from sim_ied.settings import SPEEDS
from sim_ied.site import Site, read_site
from sim_ied.steering import serve_steering
from sim_ied.stopping import run_until, stopped_by_signals


def run(argv: list[str]) -> int:
    """Exit status 0 after SIGINT or SIGTERM. Raises RingmainError for wrong files and addresses in use."""
    parser = _parser()
    options = parser.parse_args(argv)
    if (options.world is None) is (options.scl is None):
        parser.error("give either WORLD.toml or --scl FILE")
    if (options.ied or options.tls) and options.scl is None:
        parser.error("--ied and --tls belong to --scl")
    asyncio.run(_serve(options) if options.scl is None else _serve_scl(options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain sim", description="serve the simulated devices of a site")
    parser.add_argument("world", type=Path, metavar="WORLD.toml", nargs="?")
    parser.add_argument("--scl", type=Path, metavar="FILE", help="serve every IED of an SCL file (SCD, CID, ICD, IID)")
    parser.add_argument(
        "--ied", action="append", metavar="NAME", help="of the SCL file, only this one; repeat for more"
    )
    parser.add_argument("--tls", type=Path, metavar="FILE", help="serve them over TLS, see docs/iec61850.md")
    parser.add_argument(
        "--speed", type=bounded_number(*SPEEDS), help="scales profiles, reclosing dead times and travel (not protocols)"
    )
    parser.add_argument("--seed", type=int, help="of noise and delays")
    parser.add_argument(
        "--addresses", type=Path, metavar="FILE", help="default: addresses.json beside WORLD.toml; none with --scl"
    )
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="Unix socket for faults, failures and truth")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="disturbances by time, see docs/simulator.md")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    scenario = _scenario(options.scenario)
    changes = None if scenario is None else scenario.world
    site = await asyncio.to_thread(read_site, options.world, options.speed, options.seed, sys.stderr, changes)
    addresses = options.addresses or options.world.parent / "addresses.json"
    simulator = Simulator(site, time.time_ns, earlier_ports(addresses))
    stopped = stopped_by_signals()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(simulator.close)
        await simulator.open()
        if options.control is not None:
            await stack.enter_async_context(await serve_steering(simulator, options.control))
            stack.callback(options.control.unlink, missing_ok=True)
        simulator.write_addresses(addresses)
        print(_banner(site, len(simulator.addresses)), flush=True)
        await run_until(stopped, simulator.run(() if scenario is None else scenario.acts))


async def _serve_scl(options: argparse.Namespace) -> None:
    scenario = _scenario(options.scenario)
    orders = Orders(
        file=options.scl,
        ieds=tuple(options.ied or ()),
        addresses=options.addresses,
        control=options.control,
        scenario=() if scenario is None else scenario.acts,
        seed=1 if options.seed is None else options.seed,
        speed=1.0 if options.speed is None else options.speed,
        tls=None if options.tls is None else read_tls_file(options.tls),
    )
    await serve(orders, stopped_by_signals())


def _banner(site: Site, devices: int) -> str:
    settings = site.settings
    return (
        f"simulating {site.network.name}: {devices} devices, {len(site.specs)} points, "
        f"seed {settings.seed}, speed {settings.speed:g}"
    )


def _scenario(file: Path | None) -> Scenario | None:
    return None if file is None else open_scenario(file)
