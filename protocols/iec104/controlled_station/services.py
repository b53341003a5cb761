"""What a controlled station answers: interrogations, read, clock synchronisation, test; commands go to `control`.

Requests that cannot be served are mirrored with P/N = 1 and cause 44-47, once each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from models.quality import Quality
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import GLOBAL_ADDRESS, Asdu, Observation, Order, Service
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind, type_name
from protocols.iec104.controlled_station.control import Client
from protocols.iec104.controlled_station.outstation import Outstation

_STATION = 20
_LAST_GROUP = 36
_FOR_ALL_STATIONS = frozenset({Kind.INTERROGATION, Kind.COUNTER_INTERROGATION, Kind.CLOCK})
_MOST_NOTICES = 100  # a peer that sends rubbish for hours must not fill the event list


class Services:
    """The answers of one connection, and its running interrogations as generators: they yield what the window takes."""

    def __init__(self, outstation: Outstation, client: Client) -> None:
        self.answers: deque[bytes] = deque()
        self._outstation, self._client = outstation, client
        self._interrogations: dict[tuple[int, int], Iterator[bytes]] = {}
        self._notices = 0
        self._serve: dict[Kind, Callable[[Asdu, Service, bytes], None]] = {
            Kind.INTERROGATION: self._interrogate,
            Kind.COUNTER_INTERROGATION: self._refuse,
            Kind.READ: self._read,
            Kind.CLOCK: self._synchronise,
            Kind.TEST: self._test,
        }

    def take(self, raw: bytes) -> None:
        """One ASDU of the control centre. RemoteProtocolError when it is malformed."""
        asdu = codec.decode(raw, self._client.tags)
        if asdu.negative or asdu.cause >= Cause.UNKNOWN_TYPE:
            return  # an answer, not a request; answering answers never ends
        fault = self._fault(asdu)
        if fault is not None:
            self.answers.append(codec.mirror(raw, fault, negative=True))
            self._note(f"{self._client.name}: {type_name(asdu.type_id)} of {asdu.common_address}: {fault.name}")
            return
        [item] = asdu.objects
        if isinstance(item, Order):
            self._outstation.control.request(self._client, asdu, item, raw)
        elif isinstance(item, Service):
            self._serve[TYPES[asdu.type_id].kind](asdu, item, raw)

    def clear(self) -> None:
        """The connection was stopped or closed."""
        self.answers.clear()
        self._interrogations.clear()

    def next_of_interrogation(self) -> bytes | None:
        """The next ASDU of the oldest running interrogation."""
        while self._interrogations:
            key, units = next(iter(self._interrogations.items()))
            octets = next(units, None)
            if octets is not None:
                return octets
            del self._interrogations[key]
        return None

    def tell_initialisation(self) -> None:
        """End of initialisation of every station (COI 0: power switched on)."""
        for common_address in self._outstation.common_addresses:
            self._send(Asdu(70, Cause.INITIALISED, common_address, (Service(),)))

    def _fault(self, asdu: Asdu) -> Cause | None:
        """Which of the causes 44-47 is the answer, checked in this order (IEC 60870-5-101 7.2.3)."""
        row = TYPES.get(asdu.type_id)
        if row is None or not (row.ordered and (row.kind.is_command or row.kind in self._serve)):
            return Cause.UNKNOWN_TYPE
        if asdu.cause not in row.ordered:
            return Cause.UNKNOWN_CAUSE
        is_global = asdu.common_address == GLOBAL_ADDRESS and row.kind in _FOR_ALL_STATIONS
        if not is_global and asdu.common_address not in self._outstation.common_addresses:
            return Cause.UNKNOWN_COMMON_ADDRESS
        return None if self._has_object(asdu, row.kind) else Cause.UNKNOWN_OBJECT_ADDRESS

    def _has_object(self, asdu: Asdu, kind: Kind) -> bool:
        address = asdu.objects[0].address
        if kind.is_command:
            return self._outstation.control.has(asdu.type_id, asdu.common_address, address)
        if kind is Kind.READ:
            return self._outstation.image.slot(asdu.common_address, address) is not None
        return address == 0

    def _interrogate(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        everyone = asdu.common_address == GLOBAL_ADDRESS
        for common_address in self._outstation.common_addresses if everyone else [asdu.common_address]:
            key = (common_address, item.qualifier)
            if asdu.cause == Cause.DEACTIVATION:
                stopped = self._interrogations.pop(key, None) is not None
                self._confirm(asdu, common_address, Cause.DEACTIVATION_CON, stopped)
            elif key in self._interrogations or not self._can_interrogate(*key):
                self._confirm(asdu, common_address, Cause.ACTIVATION_CON, False)
            else:
                self._confirm(asdu, common_address, Cause.ACTIVATION_CON, True)
                self._interrogations[key] = self._interrogation(asdu, item.qualifier, common_address)

    def _can_interrogate(self, common_address: int, qualifier: int) -> bool:
        if qualifier == _STATION:
            return True
        return qualifier <= _LAST_GROUP and self._outstation.image.has_group(common_address, qualifier - _STATION)

    def _interrogation(self, asdu: Asdu, qualifier: int, common_address: int) -> Iterator[bytes]:
        for unit in self._outstation.image.answer(common_address, qualifier - _STATION, qualifier, asdu.originator):
            yield self._encode(unit)
        yield self._encode(_answer(asdu, common_address, Cause.TERMINATION, True))

    def _refuse(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        """Known to the standard, not offered here: a negative confirmation."""
        cause = Cause.DEACTIVATION_CON if asdu.cause == Cause.DEACTIVATION else Cause.ACTIVATION_CON
        self.answers.append(codec.mirror(raw, cause, negative=True))

    def _read(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        slot = self._outstation.image.slot(asdu.common_address, item.address)
        if slot is not None:
            value = Observation(item.address, slot.value, slot.quality)
            test = bool(slot.quality & int(Quality.TEST))
            self._send(Asdu(slot.static_type, Cause.REQUEST, asdu.common_address, (value,), asdu.originator, test=test))

    def _synchronise(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        """The confirmation carries the station's own time before it was told a new one (IEC 60870-5-5)."""
        accepted = self._client.settings.accepts_clock and item.time_ns is not None and not asdu.test
        own = (Service(0, 0, self._outstation.clock()),)
        cause = Cause.ACTIVATION_CON
        self._send(Asdu(103, cause, asdu.common_address, own, asdu.originator, not accepted, asdu.test))
        if accepted and item.time_ns is not None:
            self._outstation.on_clock(item.time_ns, self._client.name)

    def _test(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        self.answers.append(codec.mirror(raw, Cause.ACTIVATION_CON))

    def _confirm(self, asdu: Asdu, common_address: int, cause: Cause, positive: bool) -> None:
        self._send(_answer(asdu, common_address, cause, positive))

    def _send(self, asdu: Asdu) -> None:
        self.answers.append(self._encode(asdu))

    def _encode(self, asdu: Asdu) -> bytes:
        return codec.encode(asdu, self._client.tags)

    def _note(self, text: str) -> None:
        self._notices += 1
        if self._notices <= _MOST_NOTICES:
            last = "; further ones of this connection are not told" if self._notices == _MOST_NOTICES else ""
            self._outstation.on_notice(text + last)


def _answer(asdu: Asdu, common_address: int, cause: Cause, positive: bool) -> Asdu:
    return Asdu(asdu.type_id, cause, common_address, asdu.objects, asdu.originator, not positive, asdu.test)
