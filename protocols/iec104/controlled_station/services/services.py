"""What a controlled station answers: interrogations, read, clock synchronisation, test; commands go to `control`.

Requests that cannot be served are mirrored with P/N = 1 and cause 44-47, once each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import GLOBAL_ADDRESS, Asdu, Many, Order, Parameter, Service
from protocols.iec104.application.cause import Cause, cause_name
from protocols.iec104.application.types import TYPES, Kind, type_name
from protocols.iec104.controlled_station.commands.control import Client
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.services.interrogations import Interrogations
from protocols.iec104.controlled_station.services.packed import Packed
from protocols.iec104.controlled_station.services.packing import units
from protocols.iec104.controlled_station.services.reset import Answer, Reset

_FOR_ALL_STATIONS = frozenset({Kind.INTERROGATION, Kind.COUNTER_INTERROGATION, Kind.CLOCK, Kind.RESET})
_MOST_NOTICES = 100  # a peer that sends rubbish for hours must not fill the event list


class Services:
    """The answers of one connection, and its running interrogations as generators: they yield what the window takes."""

    def __init__(self, outstation: Outstation, client: Client, group: str | None) -> None:
        self.answers: deque[bytes] = deque()
        self._outstation, self._client = outstation, client
        self._provision = provision = outstation.provision(group)
        self._notices = 0
        stations = outstation.common_addresses
        self._interrogations = Interrogations(provision, stations, self._send, self._complain)
        self._reset = Reset(
            provision.settings.reset,
            self._send_by_each,
            self._complain,
            self._restart,
            None if group is None else partial(outstation.clear_waiting, group),
        )
        self._serve: dict[Kind, Callable[[Asdu, Service, bytes], None]] = {
            Kind.INTERROGATION: lambda asdu, item, raw: self._interrogations.points(asdu, item),
            Kind.COUNTER_INTERROGATION: lambda asdu, item, raw: self._interrogations.counters(asdu, item),
            Kind.READ: self._read,
            Kind.CLOCK: self._synchronise,
            Kind.TEST: self._test,
            Kind.RESET: lambda asdu, item, raw: self._reset.take(asdu, item),
        }
        self._load: dict[Kind, Callable[[Asdu, Parameter], tuple[str, str]]] = {
            Kind.PARAMETER_NORMALISED: provision.parameters.load,
            Kind.PARAMETER_SCALED: provision.parameters.load,
            Kind.PARAMETER_FLOAT: provision.parameters.load,
            Kind.PARAMETER_ACTIVATION: provision.parameters.activate,
        }
        self._served = {*self._serve, *self._load}

    def take(self, raw: bytes) -> None:
        """One ASDU of the control centre. RemoteProtocolError when it is malformed."""
        asdu = codec.decode(raw, self._client.tags)
        if asdu.negative or asdu.cause >= Cause.UNKNOWN_TYPE:
            return  # an answer, not a request; answering answers never ends
        fault = self._fault(asdu)
        if fault is not None:
            self.answers.append(codec.mirror(raw, fault, negative=True))
            self._complain(f"{_request_words(asdu)} refused: {cause_name(fault)} (cause {int(fault)})")
            return
        [item] = asdu.objects
        if isinstance(item, Order):
            self._outstation.control.request(self._client, asdu, item, raw)
        elif isinstance(item, Service):
            self._serve[TYPES[asdu.type_id].kind](asdu, item, raw)
        elif isinstance(item, Parameter):
            self._set_parameter(asdu, item, raw)

    def clear(self) -> None:
        """The connection was stopped or closed."""
        self.answers.clear()
        self._interrogations.clear()
        self._provision.scans.clear()

    def next_of_interrogation(self) -> bytes | None:
        """The next ASDU of the oldest running interrogation."""
        unit = self._interrogations.next()
        return None if unit is None else self._encode(unit)

    def next_of_scan(self) -> bytes | None:
        """The next ASDU of a periodic transmission or a background scan that is due."""
        unit = self._provision.scans.next()
        return None if unit is None else self._encode(unit)

    def tell_initialisation(self) -> None:
        """End of initialisation of every station, with what it followed (COI)."""
        for common_address in self._outstation.common_addresses:
            self._send(Asdu(70, Cause.INITIALISED, common_address, (Service(0, self._outstation.initialised_by),)))

    def _fault(self, asdu: Asdu) -> Cause | None:
        """Which of the causes 44-47 is the answer, checked in this order (IEC 60870-5-101 7.2.3)."""
        row = TYPES.get(asdu.type_id)
        if row is None or not (
            row.ordered and (row.kind.is_command or row.kind in self._serve or row.kind in self._load)
        ):
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
        if kind is Kind.READ or kind in self._load:
            return self._readable(asdu.common_address, address) is not None
        return address == 0

    def _readable(self, common_address: int, address: int) -> Slot | Packed | None:
        """What may be sent with cause 5, or take parameters: integrated totals are interrogated alone."""
        packed = self._provision.packed.get((common_address, address))
        slot = self._outstation.image.slot(common_address, address)
        return packed or (slot if slot is not None and Cause.REQUEST in TYPES[slot.static_type].monitored else None)

    def _read(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        found = self._readable(asdu.common_address, item.address)
        if isinstance(found, Packed):
            self._send(found.unit(Cause.REQUEST, asdu.originator))
        elif found is not None:
            for unit in units((found.static_type, False, (found,)), Cause.REQUEST, asdu.originator):
                self._send(unit)

    def _synchronise(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        """The confirmation carries the station's own time before it was told a new one (IEC 60870-5-5)."""
        own = (Service(0, 0, self._outstation.clock(), self._outstation.clock_quality()),)
        refusal = self._set_clock(asdu, item)
        if refusal:
            self._complain(f"clock synchronisation refused: {refusal}")
        station = asdu.common_address
        self._send_by_each(Asdu(103, Cause.ACTIVATION_CON, station, own, asdu.originator, bool(refusal), asdu.test))

    def _set_clock(self, asdu: Asdu, item: Service) -> str:
        """Why not; '' when it was done."""
        if not self._client.settings.accepts_clock:
            return "S23: not granted to this control centre: [control_centre] clock"
        if asdu.test:
            return "it is a test"
        if item.time_ns is None or item.quality:
            return "the time tag is invalid"
        return self._outstation.on_clock(item.time_ns, self._client.name) or ""

    def _set_parameter(self, asdu: Asdu, item: Parameter, raw: bytes) -> None:
        refusal, done = "parameters are not granted: [control_centre] parameters", ""
        if self._provision.settings.parameters:
            refusal, done = ("", "") if asdu.test else self._load[TYPES[asdu.type_id].kind](asdu, item)
        if refusal or done:
            self._complain(f"{_request_words(asdu)} refused: {refusal}" if refusal else done)
        off = asdu.cause == Cause.DEACTIVATION
        cause = Cause.DEACTIVATION_CON if off else Cause.ACTIVATION_CON
        self.answers.append(codec.mirror(raw, cause, negative=bool(refusal)))

    def _restart(self, answer: Answer) -> None:
        if self._outstation.on_reset is None:
            answer("nobody can start this station again")
        elif busy := self._outstation.control.busy():
            answer(f"S23: {busy}")
        else:
            self._outstation.on_reset(self._client.settings.name, answer)

    def _test(self, asdu: Asdu, item: Service, raw: bytes) -> None:
        self.answers.append(codec.mirror(raw, Cause.ACTIVATION_CON))

    def _send(self, asdu: Asdu | Many) -> None:
        """Also an answer that comes late, while nothing else makes the connection look for something to send."""
        self._client.answer(self._encode(asdu))

    def _send_by_each(self, asdu: Asdu) -> None:
        """What answers a request to all stations is sent by each of them."""
        everyone = asdu.common_address == GLOBAL_ADDRESS
        for station in self._outstation.common_addresses if everyone else [asdu.common_address]:
            self._send(asdu._replace(common_address=station))

    def _encode(self, asdu: Asdu | Many) -> bytes:
        return codec.encode(asdu, self._client.tags)

    def _complain(self, text: str) -> None:
        self._note(f"{self._client.name}: {text}")

    def _note(self, text: str) -> None:
        self._notices += 1
        if self._notices <= _MOST_NOTICES:
            last = "; further ones of this connection are not told" if self._notices == _MOST_NOTICES else ""
            self._outstation.on_notice(text + last)


def _request_words(asdu: Asdu) -> str:
    """'C_RD_NA_1, cause 5, object 1/9999'."""
    address = getattr(asdu.objects[0], "address", 0) if asdu.objects else 0
    where = f"object {asdu.common_address}/{address}" if address else f"common address {asdu.common_address}"
    return f"{type_name(asdu.type_id)}, cause {asdu.cause}, {where}"
