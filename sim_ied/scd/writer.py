"""Writes a whole SCD (IEC 61850-6, edition 2.1) for a network: nothing in it is typed twice."""

from __future__ import annotations

from models.network.elements import Network
from sim_ied.scd.communication import add_communication
from sim_ied.scd.devices import VENDOR, add_ied
from sim_ied.scd.markup import add, print_document, root
from sim_ied.scd.plan import plan
from sim_ied.scd.substations import ProcessSection
from sim_ied.scd.templates import add_templates


def write_scd(network: Network) -> bytes:
    """The file. The same network always gives the same bytes. Raises ConfigError for names that give no address."""
    ieds = plan(network)
    scl = root()
    add(scl, "Header", id=network.name, version="1", revision="0", toolID=VENDOR, nameStructure="IEDName")
    process = ProcessSection(network, ieds)
    process.add_substations(scl)
    add_communication(scl, ieds)
    for ied in ieds:
        add_ied(scl, ied)
    add_templates(scl)
    process.add_lines(scl)
    return print_document(scl)
