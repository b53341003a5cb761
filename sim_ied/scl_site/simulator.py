"""All IEDs of one SCL file: one process behind them, one task that brings it through time, one server for each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from models.driver import Clock
from models.errors import ConfigError, LinkError
from models.scl.elements import Scl
from sim_ied.addresses import Address, write_addresses
from sim_ied.device_tls import DeviceTls
from sim_ied.disturbance import FACE_KINDS, Disturbance
from sim_ied.mms.model_file import ModelFile
from sim_ied.nodes.device import Device
from sim_ied.nodes.primary import Primary
from sim_ied.nodes.steering import steer
from sim_ied.scl_site.served import ServedIed

logger = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_LONGEST_NAP_S = 3600.0


class SclSimulator:
    """Make it inside a running loop. wanted: names of the IEDs to serve, None for all; ports: of an earlier run.

    refused: IEDs that could not be served, with the reason. ConfigError where a wanted IED is not in the file.
    """

    def __init__(
        self,
        scl: Scl,
        models: ModelFile,
        clock: Clock,
        *,
        wanted: Collection[str] | None = None,
        ports: Mapping[str, int] | None = None,
        seed: int = 1,
        speed: float = 1.0,
        tls: DeviceTls | None = None,
    ) -> None:
        self.scl, self.seed, self.speed = scl, seed, speed
        self._clock, self._ports = clock, ports or {}
        self._woken = asyncio.Event()
        self.addresses: dict[str, Address] = {}
        self.refused: dict[str, ConfigError] = {}
        self.ieds: dict[str, ServedIed] = {}
        self.primary = Primary.of(scl, clock(), seed=seed, speed=speed)
        self._make(models, _chosen(scl, wanted))
        self._secure = {name: tls.secure(name, clock) for name in self.ieds if tls is not None and tls.covers(name)}

    def _make(self, models: ModelFile, names: Sequence[str]) -> None:
        ieds = {ied.name: ied for ied in self.scl.ieds}
        devices = {name: Device(ieds[name], self.scl.templates, self.primary, self._clock()) for name in names}
        for name, device in devices.items():
            try:
                built = models.build(name)
            except ConfigError as error:
                self.refused[name] = error
                continue
            self.ieds[name] = ServedIed(name, built, device, self._clock, self._woken.set)

    async def open(self) -> None:
        """Serve every IED, at its port of an earlier run where that is free; from now on `close` is due."""
        for name, ied in self.ieds.items():
            if port := self._ports.get(name):
                with contextlib.suppress(LinkError):
                    self.addresses[name] = (_HOST, await self._open(ied, port))
        for name, ied in self.ieds.items():
            if name not in self.addresses:
                self.addresses[name] = (_HOST, await self._open(ied, 0))

    async def _open(self, ied: ServedIed, port: int) -> int:
        secure = self._secure.get(ied.name)
        return await ied.open(_HOST, port, None if secure is None else secure())

    async def run(self, scenario: Sequence[Disturbance] = ()) -> None:
        """Bring the process through time and play the scenario until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run())
            tasks.create_task(self._play(scenario))

    async def close(self) -> None:
        """Stop every server; commands under way are abandoned."""
        async with asyncio.TaskGroup() as tasks:
            for ied in self.ieds.values():
                tasks.create_task(ied.close())

    async def disturb(self, act: Disturbance) -> None:
        """A disturbance of the process, of nodes, or of a device's link. ConfigError for an unknown target."""
        if act.kind in FACE_KINDS:
            await self._meddle(act)
        else:
            devices = [ied.device for ied in self.ieds.values()]
            steer(self.primary, devices, act.kind, act.target, act.argument, self._clock())
        self._woken.set()

    def value(self, reference: str) -> object:
        """What the server of its IED shows of an attribute now; None where there is none."""
        return next((shown for ied in self.ieds.values() if (shown := ied.value(reference)) is not None), None)

    def write_addresses(self, file: Path) -> None:
        """Write addresses.json. ConfigError when that is not possible."""
        write_addresses(file, self.addresses)

    async def _meddle(self, act: Disturbance) -> None:
        ied = self.ieds.get(act.target)
        if ied is None:
            raise ConfigError(act.target, None, "no device of that name", f"known are {_some(self.ieds)}")
        logger.info("%s: %s", act.target, act.kind)
        if act.kind in ("freeze", "thaw"):
            ied.freeze(act.kind == "freeze")
            return
        await ied.close()
        if act.kind == "revive":
            await self._open(ied, self.addresses[act.target][1])

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            now_ns = self._clock()
            for ied in self.ieds.values():
                ied.advance(now_ns)
            due = [ied.device.due_ns for ied in self.ieds.values()]
            nap_s = min(
                (max(0, each - self._clock()) / 1e9 for each in due if each is not None), default=_LONGEST_NAP_S
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(max(nap_s, 0.0), _LONGEST_NAP_S)):  # wait_for may swallow a cancellation
                    await self._woken.wait()

    async def _play(self, scenario: Sequence[Disturbance]) -> None:
        start_ns = self._clock()
        for act in scenario:
            await asyncio.sleep(max(0.0, act.at_s - (self._clock() - start_ns) / 1e9))
            await self.disturb(act)


def _chosen(scl: Scl, wanted: Collection[str] | None) -> list[str]:
    """Names in the file's order. An IED without logical nodes (a client alone) has nothing to serve."""
    served = [ied.name for ied in scl.ieds if ied.logical_nodes]
    if wanted is None:
        return served
    if strange := sorted(set(wanted) - set(served)):
        raise ConfigError(scl.file, None, f"no IED '{strange[0]}' to serve", f"known are {_some(served)}")
    return [name for name in served if name in wanted]


def _some(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:20])
