"""The interoperability list (IEC 60870-5-104, clause 9): every mark comes from a trial, a table or a default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import KNOWN, ONLY_101, AsduType, Family
from protocols.iec104.interoperability.controlled_trial import Controlled, controlled
from protocols.iec104.interoperability.controlling_trial import Controlling, controlling
from protocols.iec104.interoperability.functions import functions
from protocols.iec104.interoperability.row import Row, ranges
from protocols.iec104.link.session import Parameters

PORT = 2404


def rows() -> list[Row]:
    """The whole form. The first call takes half a second: both roles are asked."""
    station, centre = controlled(), controlling()
    return [
        *_device(),
        *_application_layer(),
        *_types(station, centre),
        *functions(station, centre),
        *_parameters(),
        *_network(),
    ]


def _device() -> Iterator[Row]:
    yield Row("System or device", "controlled station", True, False, "towards control centres")
    yield Row("System or device", "controlling station", False, True, "towards RTUs")


def _application_layer() -> Iterator[Row]:
    section = "Application layer"
    octets = codec.encode(Asdu(102, Cause.REQUEST, 1, (Service(1),)))
    address = len(octets) - 6  # type, VSQ, two octets each of cause and common address
    yield Row(section, "transmission mode 1, least significant octet first", True, True)
    yield Row(section, "common address of ASDU: two octets", True, True)
    yield Row(section, f"information object address: {address} octets, unstructured", True, True)
    yield Row(section, "cause of transmission: two octets, with originator address", True, True, "0 where not used")
    yield Row(section, "length of APDU: 253 octets at most", True, True, subject="apdu")


_SECTIONS: dict[Family, str] = {
    Family.MONITORED: "Process information in monitor direction",
    Family.COMMAND: "Process information in control direction",
    Family.SERVICE: "System information",
    Family.PARAMETER: "Parameter in control direction",
    Family.FILE: "File transfer",
}


def _types(station: Controlled, centre: Controlling) -> Iterator[Row]:
    for family, section in _SECTIONS.items():
        for row in sorted(KNOWN.values(), key=lambda row: row.number):
            if row.kind.family is family:
                yield _type(section, row, station, centre)


def _type(section: str, row: AsduType, station: Controlled, centre: Controlling) -> Row:
    number = row.number
    known = number in centre.read
    sent, taken = number in station.sent, number in station.taken
    causes = station.sent.get(number, frozenset()) | station.taken.get(number, frozenset())
    note = f"COT {ranges(causes)}" if causes else ""
    if number in ONLY_101:
        note = "belongs to IEC 60870-5-101; never sent, answered with COT 44" + (", read" if known else "")
    elif not sent and not taken and known:
        note = f"read with COT {ranges(row.monitored)}"
    return Row(
        section, f"<{number}> {row.name} {row.kind.value}", sent or taken, known or number in centre.sent, note, number
    )


_RANGES = {
    "k": "1..32767 APDUs",
    "w": "1..32767 APDUs, two thirds of k recommended",
    "t0_s": "above 0 s",
    "t1_s": "longer than t2",
    "t2_s": "shorter than t1",
    "t3_s": "above 0 s",
}


def _parameters() -> Iterator[Row]:
    standard = Parameters()
    for field in fields(Parameters):
        note = f"default {getattr(standard, field.name):g}, {_RANGES[field.name]}"
        name, unit = field.name.removesuffix("_s"), " (s)" if field.name.endswith("_s") else ""
        yield Row("Time-outs and windows", f"{name}{unit}", field.name != "t0_s", True, note, subject=field.name)


def _network() -> Iterator[Row]:
    yield Row("Network", "TCP port", True, True, f"{PORT} unless configured", subject="port")
    yield Row("Network", "Ethernet 802.3", True, True, "whatever carries TCP/IP")
    yield Row("Network", "serial X.21 interface", False, False)
    yield Row("Network", "redundant connections", True, False, "one group per control centre", subject="connections")
    yield Row("Network", "TLS with mutual authentication (IEC 62351-3)", True, True, subject="tls")
    yield Row("Network", "authentication of single ASDUs (IEC 62351-5)", False, False)
