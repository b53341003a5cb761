"""Maintenance through the data interface, at the unit's name; all writes take the right to configure.

Maintenance               releases, active and previous one, health, versions, what has happened last (read)
Maintenance.Inventory     installed distributions with their versions (read)
Maintenance.Parameters    what can be set from afar, with bounds and present value (read)
Maintenance.Upload        {"sha256", "size", "offset", "data"}; the answer's instance says how much has arrived
Maintenance.Apply         {"sha256", "wait_s"}
Maintenance.RollBack      {"wait_s"}
Maintenance.Reset         {"settings": "keep" or "release", "wait_s"}
Maintenance.Parameter     {"name", "value", "wait_s"}
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

from models.errors import RemoteProtocolError, StorageError
from models.plain import PlainFields
from models.wire.cbor import WireValue, outgoing
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.config import UnitConfig
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.maintenance import inventory
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.node import Node
from substation.maintenance.pointer import Active, read_active
from substation.maintenance.upload import read_piece

PREFIX = "Maintenance"
PATTERN = f"{PREFIX}*"
Act = Callable[[PlainFields, str], Awaitable[str]]


class MaintenanceVariables:
    """The provider of `Maintenance*` at the unit."""

    def __init__(self, unit: UnitConfig, node: Node, busy: Callable[[], str], now_ns: Callable[[], int]) -> None:
        self._unit, self._node, self._busy, self._now_ns = unit, node, busy, now_ns
        self._acts: dict[str, Act] = {
            f"{PREFIX}.Apply": self._apply,
            f"{PREFIX}.RollBack": self._roll_back,
            f"{PREFIX}.Reset": self._reset,
            f"{PREFIX}.Parameter": self._parameter,
        }
        self._shown: dict[str, Callable[[], WireValue]] = {
            PREFIX: self._state,
            f"{PREFIX}.Inventory": lambda: outgoing(inventory.distributions(), "Inventory"),
            f"{PREFIX}.Parameters": lambda: outgoing(self._node.parameters(), "Parameters"),
        }

    async def read(self, selection: Selection) -> list[Instance]:
        """Looked up now, off the loop: nobody has to keep it up to date while nobody asks."""
        wanted = [name for name in self._shown if matches(selection.variable, name)]
        if not matches(selection.location, self._unit.name):
            return []
        return [self._instance(name, await asyncio.to_thread(self._value, name)) for name in wanted]

    def _value(self, name: str) -> WireValue:
        try:
            return self._shown[name]()
        except ReleaseError as error:
            return {"problem": str(error)}

    def _instance(self, variable: str, value: WireValue) -> Instance:
        return Instance(variable, self._unit.name, value, self._now_ns())

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is read; its changes are lines of Events")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        try:
            if variable == f"{PREFIX}.Upload":
                return await self._upload(value, str(requester))
            if variable not in self._acts:
                raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} cannot be written")
            fields = PlainFields(value, variable)
            return WriteResult(Code.OK, await self._acts[variable](fields, str(requester)))
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        except (BundleError, ReleaseError) as error:
            return WriteResult(Code.REFUSED, str(error))
        except StorageError as error:
            return WriteResult(Code.FAILED, str(error))

    async def _upload(self, value: WireValue, who: str) -> WriteResult:
        piece = read_piece(value)
        received = await self._node.upload(piece, who)
        told: dict[str, WireValue] = {"sha256": piece.sha256, "size": piece.size, "received": received}
        return WriteResult(Code.OK, instances=(self._instance(f"{PREFIX}.Upload", told),))

    async def _apply(self, fields: PlainFields, who: str) -> str:
        digest, wait_s = fields.take("sha256"), fields.number("wait_s")
        fields.done()
        if not isinstance(digest, bytes):
            raise RemoteProtocolError("Maintenance.Apply: 'sha256' are octets")
        return await self._node.apply(digest, wait_s, who)

    async def _roll_back(self, fields: PlainFields, who: str) -> str:
        wait_s = fields.number("wait_s")
        fields.done()
        return await self._node.roll_back(wait_s, who)

    async def _reset(self, fields: PlainFields, who: str) -> str:
        settings, wait_s = fields.text("settings"), fields.number("wait_s")
        fields.done()
        return await self._node.reset(settings, wait_s, who)

    async def _parameter(self, fields: PlainFields, who: str) -> str:
        name, value, wait_s = fields.text("name"), fields.number("value"), fields.number("wait_s")
        fields.done()
        return await self._node.set_parameter(name, value, wait_s, who)

    def _state(self) -> WireValue:
        releases = self._node.releases
        own: dict[str, WireValue] = {
            "supervised": releases is not None,
            "software": inventory.product(),
            "configuration_sha256": self._configuration_hash(),
            "healthy": self._node.healthy,
            "busy": self._busy(),
        }
        if releases is None:
            return own
        known = {kind.value: outgoing(numbers, "releases") for kind, numbers in releases.known().items()}
        return {**own, "releases": known, **_shown(read_active(releases.site))}

    def _configuration_hash(self) -> str:
        """SHA-256 over unit.toml, network and SCD as they are on the disk now."""
        digest = sha256()
        for file in (self._unit.file, self._unit.network, self._unit.scd):
            if file is not None:
                try:
                    digest.update(sha256(file.read_bytes()).digest())
                except OSError:
                    digest.update(bytes(32))
        return digest.hexdigest()


def _shown(active: Active | None) -> dict[str, WireValue]:
    if active is None:
        return {}
    choices = {"active": active.now, "previous": active.previous, "highest": active.highest}
    shown: dict[str, WireValue] = {
        name: None if choice is None else {"configuration": choice.configuration, "software": choice.software}
        for name, choice in choices.items()
    }
    return {**shown, "trial": active.trial, "told": active.told, "told_ns": active.told_ns}
