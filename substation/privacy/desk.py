"""The door for meters: the provider of `MeterSum.Cipher`, where each writes its encrypted reading at its own name."""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import RemoteProtocolError
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.privacy.meter_sums import CIPHER, MeterSums
from substation.variables.publication import Publication


class SumDesk:
    """What is read here is the unit's own: its latest sum, never a contribution.

    owners: customer by meter; a meter writes with a key of its own, or with one of its customer.
    """

    def __init__(self, sums: MeterSums, publication: Publication, owners: Mapping[str, str]) -> None:
        self._sums, self._publication, self._owners = sums, publication, owners

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if variable != CIPHER:
            raise RefusedError(Code.NOT_ALLOWED, f"{variable} is published by the unit and cannot be written")
        if requester.name not in (location, self._owners.get(location)):
            raise RefusedError(Code.NOT_ALLOWED, f"{requester.name} may not write the reading of {location}")
        try:
            part = await self._sums.take(location, value)
        except RemoteProtocolError as error:
            raise RefusedError(Code.REFUSED, f"contribution of {location}: {error}") from error
        return WriteResult(Code.OK, f"contribution to the period of {part.period.start_ns} taken")

    async def read(self, selection: Selection) -> list[Instance]:
        return await self._publication.read(selection)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        return self._publication.subscribe(selection, subscriber, initial)
