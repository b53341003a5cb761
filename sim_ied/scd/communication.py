"""The Communication section: one sub-network for MMS, one for IEC 104, every IED with an address of its own."""

from __future__ import annotations

from collections.abc import Sequence

from models.scl.document import Element
from sim_ied.scd.markup import add
from sim_ied.scd.plan import ACCESS_POINT, IEC104, MMS, PlannedIed

_MASK = "255.0.0.0"

_PARAMETERS: dict[str, tuple[tuple[str, str], ...]] = {
    MMS: (("OSI-TSEL", "0001"), ("OSI-SSEL", "0001"), ("OSI-PSEL", "00000001")),
    IEC104: (
        ("W-FACTOR", "8"),
        ("K-FACTOR", "12"),
        ("TIMEOUT-0", "30"),
        ("TIMEOUT-1", "15"),
        ("TIMEOUT-2", "10"),
        ("TIMEOUT-3", "20"),
        ("StationType", "controlled-station"),
    ),
}
_PORT_TYPES = {MMS: "MMS-Port", IEC104: "TCP-PORT"}
_NAMES = {MMS: "SubstationBus", IEC104: "Telecontrol"}


def add_communication(root: Element, ieds: Sequence[PlannedIed]) -> None:
    """Sub-networks without members are left out."""
    section = add(root, "Communication")
    for kind, name in _NAMES.items():
        members = [ied for ied in ieds if ied.network_type == kind]
        if members:
            network = add(section, "SubNetwork", name=name, type=kind)
            for ied in members:
                _add_access_point(network, ied)


def _add_access_point(network: Element, ied: PlannedIed) -> None:
    address = add(add(network, "ConnectedAP", iedName=ied.name, apName=ACCESS_POINT), "Address")
    parameters = (
        ("IP", ied.host),
        ("IP-SUBNET", _MASK),
        (_PORT_TYPES[ied.network_type], str(ied.port)),
        *_PARAMETERS[ied.network_type],
    )
    for kind, value in parameters:
        add(address, "P", value, type=kind)
