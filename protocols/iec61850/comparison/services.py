"""Services that the SCL promises, beside those that the device offers in the association (IEC 61850-8-1, Initiate)."""

from __future__ import annotations

from open61850.mms import MmsClient

from models.scl.expected import ExpectedDevice
from models.scl.findings import Severity
from protocols.iec61850.comparison.findings import Differences

_NEEDED = {
    "GetDirectory": (1,),
    "GetDataObjectDefinition": (6,),
    "ReadWrite": (4, 5),
    "DataSetDirectory": (12,),
    "GetDataSetValue": (4,),
    "SetDataSetValue": (5,),
    "DynDataSet": (11, 13),
    "FileHandling": (72, 73, 74, 77),
    "ReadLog": (65,),
}
"""Elements of `Services` and the bits of ServiceSupportOptions that they need (ISO 9506-2): getNameList 1, read 4,
write 5, getVariableAccessAttributes 6, define-, get-, deleteNamedVariableList 11, 12, 13, readJournal 65, fileOpen 72,
fileRead 73, fileClose 74, fileDirectory 77."""


def compare_services(client: MmsClient, expected: ExpectedDevice, found: Differences) -> None:
    """Asks nothing of the device. One that names no services at all is not taken at its word."""
    association = client.association
    if association is None or not any(association.services_supported):
        return
    for service in expected.services:
        if not all(map(association.supports, _NEEDED.get(service, ()))):
            found.add(Severity.LOSS, f"service {service}", "promised", "not offered", expected.line)
