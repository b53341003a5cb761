"""The simulator: one world, and a real protocol server for every device of the SCD in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from models.driver import Clock, LinkConfig
from models.errors import ConfigError, LinkError, RingmainError
from models.point import PointName, PointSpec
from protocols.iec104.server import Door
from sim_ied.addresses import write_addresses
from sim_ied.disturbance import FACE_KINDS, Disturbance
from sim_ied.face import Face
from sim_ied.history import Transition
from sim_ied.ied import Ied
from sim_ied.mms.server import Secure
from sim_ied.plant import Plant
from sim_ied.rtu import Rtu
from sim_ied.site import Site
from sim_ied.truth import Truth
from sim_ied.world import World

logger = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_Make = Callable[[Site, LinkConfig, Sequence[PointSpec], Plant, Clock], Face]
_FACES: dict[str, _Make] = {
    "iec104": lambda site, link, specs, plant, clock: Rtu(link.ied, specs, plant, clock, _door(site, link, clock)),
    "iec61850": lambda site, link, specs, plant, clock: Ied(
        link.ied, site.models, specs, plant, _secure(site, link, clock)
    ),
}


def _door(site: Site, link: LinkConfig, clock: Clock) -> Door | None:
    tls = site.settings.rtu_tls
    return tls.door(link.ied, clock) if tls is not None and tls.covers(link.ied) else None


def _secure(site: Site, link: LinkConfig, clock: Clock) -> Callable[[], Secure] | None:
    tls = site.settings.ied_tls
    return tls.secure(link.ied, clock) if tls is not None and tls.covers(link.ied) else None


class Simulator:
    """Make it inside a running loop. addresses: IED name to (host, port), free ports on loopback.

    ports: by IED name, taken where they are free: of an earlier run, whose units then find their devices again.
    """

    def __init__(self, site: Site, clock: Clock, ports: Mapping[str, int] | None = None) -> None:
        self.site, self._clock, self._ports = site, clock, ports or {}
        world = World(site.network, site.settings, clock())
        self._check_points(world)
        self._check_tls()
        self.plant = Plant(world, clock)
        self._faces = self._make_faces()
        self.addresses: dict[str, tuple[str, int]] = {}

    async def open(self) -> None:
        """Serve every device; from now on `close` is due. LinkError when one cannot listen."""
        shown = {spec.name: self._faces[spec.link] for spec in self.site.specs if spec.link in self._faces}
        self.plant.connect(shown)
        for name, face in self._faces.items():
            await self._open_as_before(name, face)
        for name, face in self._faces.items():
            if name not in self.addresses:
                await self._open(name, face, 0)

    async def _open_as_before(self, name: str, face: Face) -> None:
        """At its port of an earlier run; all of these come first, so that no device is given the port of another."""
        if port := self._ports.get(name):
            with contextlib.suppress(LinkError):
                await self._open(name, face, port)

    async def _open(self, name: str, face: Face, port: int) -> None:
        try:
            self.addresses[name] = (_HOST, await face.open(_HOST, port))
        except LinkError as error:
            raise LinkError(f"{name}: {error}") from error

    async def run(self, scenario: Sequence[Disturbance] = ()) -> None:
        """Step the world and play the scenario until cancelled. RingmainError for a scenario that does not fit."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.plant.run())
                tasks.create_task(self._play(scenario))
        except* RingmainError as group:
            raise first_error(group) from group

    async def close(self) -> None:
        for face in self._faces.values():
            await face.stop()

    async def disturb(self, act: Disturbance) -> None:
        """A disturbance of the process or of a device's link. Raises ConfigError for an unknown target."""
        if act.kind not in FACE_KINDS:
            self.plant.disturb(act)
            return
        face = self._faces.get(act.target)
        if face is None:
            raise ConfigError(act.target, None, "no device of that name", "name an IED of the SCD, such as ST103")
        logger.info("%s: %s", act.target, act.kind)
        await self._meddle(act.kind, face)

    def truth(self) -> Truth:
        """The physics' verdict now."""
        return self.plant.truth()

    def history(self) -> list[Transition]:
        """What happened since the start, as physics saw it."""
        return self.plant.history()

    def write_addresses(self, file: Path) -> None:
        """Write addresses.json. ConfigError when that is not possible."""
        write_addresses(file, self.addresses)

    async def _meddle(self, kind: str, face: Face) -> None:
        if kind in ("freeze", "thaw"):
            face.freeze(kind == "freeze")
        else:
            await face.close()
        if kind == "revive":
            host, port = self.addresses[face.name]
            await face.open(host, port)

    async def _play(self, scenario: Sequence[Disturbance]) -> None:
        start_ns = self._clock()
        for act in scenario:
            await asyncio.sleep(max(0.0, act.at_s - (self._clock() - start_ns) / 1e9))
            await self.disturb(act)

    def _make_faces(self) -> dict[str, Face]:
        specs: dict[str, list[PointSpec]] = defaultdict(list)
        for spec in self.site.specs:
            specs[spec.link].append(spec)
        return {
            link.ied: _FACES[link.protocol](self.site, link, specs[link.ied], self.plant, self._clock)
            for link in self.site.links
        }

    def _check_tls(self) -> None:
        """A device of [rtu_tls] that is no RTU would stay plain while somebody believes otherwise."""
        settings = self.site.settings
        for section, tls, protocol, kind in (
            ("rtu_tls", settings.rtu_tls, "iec104", "RTU"),
            ("ied_tls", settings.ied_tls, "iec61850", "device of IEC 61850"),
        ):
            known = {link.ied for link in self.site.links if link.protocol == protocol}
            if tls is not None and (strange := sorted(tls.devices - known)):
                problem = f"[{section}] devices names '{strange[0]}', which is no {kind}"
                raise ConfigError("world.toml", None, problem, f"known are {', '.join(sorted(known)[:20])}")

    def _check_points(self, world: World) -> None:
        """A point of the SCD that this world does not have is an error of the files."""
        missing = [spec for spec in self.site.specs if PointName(*spec.name) not in world.board.present]
        if missing:
            first = missing[0]
            problem = f"no device has point {first.name}" + (f" (and {len(missing) - 1} more)" if missing[1:] else "")
            raise ConfigError(str(self.site.scd), first.line, problem, "make network and SCD agree")


def first_error(group: BaseExceptionGroup[RingmainError]) -> RingmainError:
    """The first error of a group of tasks: the line that a person is shown."""
    inner = group.exceptions[0]
    return first_error(inner) if isinstance(inner, BaseExceptionGroup) else inner
