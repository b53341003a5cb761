"""Maintenance of one unit: takes bundles, applies them, rolls back, resets, and sets parameters.

Every act names its requester, is told in the event list and recorded in the audit log, refusals too. One at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from models.alarm import Severity
from models.wire.cbor import WireValue
from substation.maintenance import durable
from substation.maintenance.activation import Activation
from substation.maintenance.admission import Recipient, admit
from substation.maintenance.bundle import Bundle, contents_of, open_bundle
from substation.maintenance.chronicle import Chronicle
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.inspection import inspect
from substation.maintenance.inventory import product
from substation.maintenance.manifest import Kind, Manifest
from substation.maintenance.parameter_release import Author, derive
from substation.maintenance.parameters import PARAMETERS, Parameter, ParametersInForce, parameter_named
from substation.maintenance.pointer import Active, Choice, Timing, higher, read_active
from substation.maintenance.releases import Record, Releases
from substation.maintenance.surroundings import Surroundings
from substation.maintenance.upload import Piece, Uploads

KEEP, RELEASE = "keep", "release"
APPLIED = "maintenance applied"


class Node:
    """site: the folder of a supervised unit; without it there are no releases, and nobody would start a unit again.

    Acts return what was done in words; BundleError or ReleaseError refuse with the reason.
    """

    def __init__(self, unit: Surroundings, site: Path | None) -> None:
        self._unit, self._activation = unit, Activation(unit)
        self.releases = None if site is None else Releases(site)
        self._uploads = None if self.releases is None else Uploads(self.releases.incoming, unit.clock)
        self.acting = ""
        self.chronicle = Chronicle(unit)
        self._parameters = ParametersInForce(unit.settings, unit.history)

    # -- acts

    async def upload(self, piece: Piece, who: str) -> int:
        """Octets received so far. A complete bundle is judged at once: what is refused does not stay."""
        with self._act(f"upload by {who}"):
            _, uploads = self._supervised()
            received = await asyncio.to_thread(uploads.take, piece)
            if received == piece.size and piece.data:
                path = uploads.arrived(piece.sha256)
                with self.chronicle.refusals_of(f"bundle from {who}"):
                    try:
                        bundle, signers = await self._judged(path)
                    except (BundleError, ReleaseError):
                        await asyncio.to_thread(uploads.forget, piece.sha256)
                        raise
                self.chronicle.tell(f"{bundle.manifest} uploaded by {who}, signed by {signers}")
            return received

    async def apply(self, digest: bytes, wait_s: float, who: str) -> str:
        """Stage, check and activate an uploaded bundle."""
        with self._act(f"apply by {who}"), self.chronicle.refusals_of(f"apply by {who}"):
            releases, uploads = self._supervised()
            bundle, signers = await self._judged(uploads.arrived(digest))
            await self._activation.when_idle(wait_s)
            origin = f"signed by {signers}, applied by {who}"
            record = Record(bundle.manifest, origin, bundle.frames)
            text = await self._released(record, lambda: releases.stage(record, contents_of(bundle)), wait_s)
            await asyncio.to_thread(uploads.forget, digest)
            return text

    async def roll_back(self, wait_s: float, who: str) -> str:
        """Return to the releases before the present ones, which go on trial as any other."""
        with self._act(f"roll-back by {who}"), self.chronicle.refusals_of(f"roll-back by {who}"):
            releases, _ = self._supervised()
            active = await self._steady(releases)
            if active.previous is None:
                raise ReleaseError("there is no release to return to")
            await asyncio.to_thread(releases.verify, active.previous)
            await self._activation.when_idle(wait_s)
            text = f"{active.now} is left for {active.previous}, asked by {who}"
            await self._switch(releases, active.chosen(active.previous, text, self._unit.clock(), self._timing()))
            return text

    async def reset(self, settings: str, wait_s: float, who: str) -> str:
        """Orderly stop and start. settings: KEEP, or RELEASE to forget parameters that were set at run time.

        Orders, tags, modes, journal, history and audit log stay in both cases.
        """
        with self._act(f"reset by {who}"), self.chronicle.refusals_of(f"reset by {who}"):
            releases, _ = self._supervised()
            if settings not in (KEEP, RELEASE):
                raise ReleaseError(f"Maintenance.Reset takes settings '{KEEP}' or '{RELEASE}', not {settings!r}")
            await self._steady(releases)
            await self._activation.when_idle(wait_s)
            text = f"safe reset asked by {who}, settings: {settings}"
            if settings == RELEASE:
                await self._parameters.forget()
            self._activation.restart(text)
            self.chronicle.tell(text, Severity.MEDIUM)
            return text

    async def set_parameter(self, name: str, value: WireValue, wait_s: float, who: str) -> str:
        """In force at once, or as a new release of the configuration."""
        with self._act(f"parameter by {who}"), self.chronicle.refusals_of(f"parameter {name} by {who}"):
            parameter = parameter_named(name)
            number = parameter.checked(value)
            if parameter.immediate:
                old = await self._parameters.set(parameter, number)
                text = f"{name} set from {old:g} to {number:g} {parameter.unit}".rstrip() + f" by {who}"
                self.chronicle.tell(text, Severity.LOW)
                return text
            releases, _ = self._supervised()
            active = await self._steady(releases)
            await self._activation.when_idle(wait_s)
            author = Author(self._unit.config.name, self._unit.key, who, self._unit.clock())
            record, contents = await asyncio.to_thread(derive, releases, active, parameter, number, author)
            return await self._released(record, lambda: releases.stage(record, contents), wait_s)

    # -- how

    async def _judged(self, path: Path | None) -> tuple[Bundle, str]:
        releases, _ = self._supervised()
        if path is None:
            raise BundleError("this bundle has not been uploaded, or not wholly")
        bundle = await asyncio.to_thread(open_bundle, path)
        active = await self._steady(releases)
        config = self._unit.config
        recipient = Recipient(
            config.name, config.level.value, product(), config.maintenance, self._unit.signer, active.highest.of
        )
        signers = admit(bundle, recipient, self._unit.clock())
        await asyncio.to_thread(releases.refuse_local, bundle.manifest)
        return bundle, ", ".join(signers)

    async def _released(self, record: Record, stage: Callable[[], Path], wait_s: float) -> str:
        """Staged, read back, tried, and active; the folder is gone again when it is refused."""
        releases, _ = self._supervised()
        active = await self._steady(releases)
        manifest = record.manifest
        choice = active.now.with_release(manifest.kind, manifest.version)
        folder = await asyncio.to_thread(stage)
        try:
            await inspect(releases, choice, manifest.kind, self._unit.config.name)
            await self._activation.when_idle(wait_s)
            text = f"{manifest.kind.value} {manifest.version} goes on trial: {record.origin}"
            await self._switch(releases, active.chosen(choice, text, self._unit.clock(), self._timing()))
        except ReleaseError:
            await asyncio.to_thread(_remove_unless_active, releases, folder, manifest)
            raise
        return text

    async def _switch(self, releases: Releases, active: Active) -> None:
        await self._activation.switch(releases.site, active)
        self.chronicle.tell(active.told, Severity.MEDIUM)

    async def _steady(self, releases: Releases) -> Active:
        """What is active, confirmed: a trial is not disturbed."""
        active = await asyncio.to_thread(read_active, releases.site)
        if active is None or active.trial:
            raise ReleaseError("the present release is on trial; try again when it has been confirmed")
        return replace(active, highest=higher(active.highest, self._applied()))

    def _timing(self) -> Timing:
        settings = self._unit.config.maintenance
        return Timing(settings.health_s, settings.settle_s, settings.stall_s)

    def _supervised(self) -> tuple[Releases, Uploads]:
        if self.releases is None or self._uploads is None:
            raise ReleaseError("this unit is not run by 'ringmain supervise': nobody would start it again")
        return self.releases, self._uploads

    @contextmanager
    def _act(self, what: str) -> Iterator[None]:
        if self.acting:
            raise ReleaseError(f"not now: {self.acting} is under way")
        self.acting = what
        try:
            yield
        finally:
            self.acting = ""

    async def begin(self) -> None:
        """At the start: tell what the supervisor did, and keep in the data what must not be applied again.

        A site that is set up anew around restored data then still refuses the bundles that the old one has had.
        """
        if self.releases is None:
            return
        await self.chronicle.past(self.releases)
        active = await asyncio.to_thread(read_active, self.releases.site)
        if active is not None and (highest := higher(active.highest, self._applied())) != self._applied():
            await self._unit.history.save_state(APPLIED, {kind.value: highest.of(kind) for kind in Kind})

    def _applied(self) -> Choice:
        """Highest numbers that these data have seen."""
        stored = self._unit.history.load_state(APPLIED)
        kept = stored if isinstance(stored, dict) else {}
        numbers = [kept.get(kind.value) for kind in (Kind.CONFIGURATION, Kind.SOFTWARE)]
        return Choice(*(number if isinstance(number, int) else 0 for number in numbers))

    # -- showing

    @property
    def healthy(self) -> bool:
        """Stores are open since the unit runs; every link has told its state, up or down."""
        told, links = self._unit.links()
        return told == links

    def parameters(self) -> list[dict[str, WireValue]]:
        """All parameters with bounds; the present value of those that are in force at once."""
        return [self._shown(parameter) for parameter in PARAMETERS.values()]

    def _shown(self, parameter: Parameter) -> dict[str, WireValue]:
        value = self._parameters.get(parameter.name)
        if value is None and parameter.key:
            value = float(getattr(self._unit.config.self_healing, parameter.key))
        return {
            "name": parameter.name,
            "value": value,
            "unit": parameter.unit,
            "least": parameter.least,
            "most": parameter.most,
            "meaning": parameter.meaning,
            "immediate": parameter.immediate,
        }


def _remove_unless_active(releases: Releases, folder: Path, manifest: Manifest) -> None:
    active = read_active(releases.site)
    if active is None or active.now.of(manifest.kind) != manifest.version:
        durable.remove_tree(folder)
