"""What IEC 60870-5-101 and -104 demand of a conversation and an ordinary decoder does not look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.iec104.application.asdu import GLOBAL_ADDRESS, Asdu, Order
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import decode
from protocols.iec104.application.types import TYPES, AsduType, Kind
from protocols.iec104.explain import explain
from tests.protocols.iec104.capture import Direction, Sent

_CONFIRMATIONS = (Cause.ACTIVATION_CON, Cause.DEACTIVATION_CON)
_REFUSALS = range(Cause.UNKNOWN_TYPE, Cause.UNKNOWN_OBJECT_ADDRESS + 1)
_INTERROGATED = range(Cause.STATION, Cause.LAST_GROUP + 1)
_COUNTED = range(Cause.COUNTERS, Cause.LAST_COUNTER_GROUP + 1)
_ENDED_BY_TERMINATION = (Kind.INTERROGATION, Kind.COUNTER_INTERROGATION)
Key = tuple[int, int, bytes]


@dataclass
class _Activation:
    """One request, and what is still due: a confirmation, then a termination."""

    asdu: Asdu
    raw: bytes
    confirmed: bool = False


class Referee:
    """Sees every ASDU of one connection to one station in order. AssertionError at the first that breaks a rule."""

    def __init__(self) -> None:
        self._open: dict[Key, _Activation] = {}
        self._read: dict[tuple[int, int], _Activation] = {}

    def judge(self, frames: Iterable[Sent]) -> None:
        """A whole connection: everything asked has been answered in the end."""
        for direction, octets in frames:
            if octets[2] & 1 == 0:
                raw = octets[6:]
                try:
                    (self._control if direction is Direction.CONTROL else self._monitor)(decode(raw), raw)
                except AssertionError as error:
                    raise AssertionError(f"{direction.name}: {explain(octets)}: {error}") from error

        left = [explain(each.raw) for each in (*self._open.values(), *self._read.values())]
        assert not left, f"never confirmed or terminated: {left}"

    def _control(self, asdu: Asdu, raw: bytes) -> None:
        row = TYPES.get(asdu.type_id)
        assert not asdu.sequence, "SQ = 1 in control direction"
        if row is not None and row.kind.is_file and row.kind is not Kind.QUERY_LOG:
            assert asdu.cause in row.ordered, "cause not allowed"
        elif row is not None and row.kind is Kind.READ and asdu.cause == Cause.REQUEST:
            self._read[asdu.common_address, asdu.objects[0].address] = _Activation(asdu, raw)
        else:
            key = _key(asdu, raw)
            assert key not in self._open or self._open[key].confirmed, "asked again before it was answered"
            self._open[key] = _Activation(asdu, raw)

    def _monitor(self, asdu: Asdu, raw: bytes) -> None:
        row = TYPES.get(asdu.type_id)
        if row is not None and asdu.cause in row.monitored:
            self._observed(asdu, row)
        elif asdu.type_id == 102 or (row is not None and row.kind.is_file):
            assert asdu.negative, "a refusal is negative"
            assert asdu.cause in _REFUSALS, "cause not allowed"
            self._read.pop((asdu.common_address, asdu.objects[0].address), None)
        else:
            self._answered(asdu, raw)

    def _observed(self, asdu: Asdu, row: AsduType) -> None:
        assert not asdu.negative, "P/N = 1 in an observation"
        assert not (asdu.sequence and row.tagged), "SQ = 1 with time tags"
        assert row.kind.is_monitored or not asdu.sequence or row.kind is Kind.DIRECTORY, "SQ = 1 of a single object"
        if asdu.cause in _INTERROGATED:
            assert not row.tagged, "interrogated with time tags"
            assert self._runs(100, asdu, asdu.cause), "no interrogation is running"
        elif asdu.cause in _COUNTED:
            request = asdu.cause - Cause.COUNTERS or 5
            assert self._runs(101, asdu, request), "no counter interrogation is running"
        elif asdu.cause == Cause.REQUEST and row.kind.is_monitored:
            keys = [(asdu.common_address, item.address) for item in asdu.objects]
            assert all(self._read.pop(key, None) for key in keys), "nobody has read it"
            assert not row.tagged, "read with time tag"

    def _runs(self, type_id: int, asdu: Asdu, qualifier: int) -> bool:
        return any(
            each.confirmed
            and each.asdu.type_id == type_id
            and each.asdu.common_address in (asdu.common_address, GLOBAL_ADDRESS)
            and each.raw[9] & 0x3F == qualifier
            for each in self._open.values()
        )

    def _answered(self, asdu: Asdu, raw: bytes) -> None:
        key = _key(asdu, raw)
        if key not in self._open:  # a station answers a request for all of them with its own address
            key = (key[0], GLOBAL_ADDRESS, key[2])
        asked = self._open.get(key)
        assert asked is not None, "answers nothing that was asked"
        assert asdu.originator == asked.asdu.originator, "originator address is not that of the request"
        assert asdu.test == asked.asdu.test, "test bit is not that of the request"
        assert asdu.type_id == 103 or raw[6:] == asked.raw[6:], "objects are not those of the request"
        if asdu.cause in _REFUSALS:
            assert asdu.negative, "a refusal is negative"
            assert not asked.confirmed, "a refusal is the only answer"
            del self._open[key]
        elif asdu.cause in _CONFIRMATIONS:
            assert asdu.cause == asked.asdu.cause + 1, "confirms something else"
            assert not asked.confirmed, "confirmed twice"
            asked.confirmed = True
            if asdu.negative or not _is_terminated(asked.asdu):
                del self._open[key]
            if asdu.cause == Cause.DEACTIVATION_CON and not asdu.negative:
                self._open.pop(_key(asdu, raw[:2] + bytes([6]) + raw[3:]), None)
        else:
            assert asdu.cause == Cause.TERMINATION, "cause not allowed"
            assert asked.confirmed, "terminated before it was confirmed"
            del self._open[key]


def _key(asdu: Asdu, raw: bytes) -> Key:
    """An activation and its confirmation and termination have one key, a deactivation another."""
    is_off = raw[2] & 0x3F in (Cause.DEACTIVATION, Cause.DEACTIVATION_CON)
    objects = raw[6:9] if asdu.type_id in (103, 107) else raw[6:]
    return asdu.type_id, asdu.common_address, objects + bytes([is_off])


def _is_terminated(asdu: Asdu) -> bool:
    row = TYPES[asdu.type_id]
    if asdu.cause != Cause.ACTIVATION:
        return False
    item = asdu.objects[0]
    return row.kind in _ENDED_BY_TERMINATION or (isinstance(item, Order) and not item.select)
