"""ctlModel of every controllable data object: SCL against device (IEC 61850-7-3, ctlModel)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from open61850.data import IntData, UIntData
from open61850.mms import DataAccessError, MmsClient, MmsReject, ObjectName, ServiceError
from open61850.mms.pdu import AccessResult

from models.point import ControlModel
from models.scl.expected import ExpectedDevice
from models.scl.findings import Severity
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.names import Names

_AT_ONCE = 20  # names in one request, which every device's PDU holds


def compare_control_models(
    client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences
) -> Iterator[None]:
    """A step blocks for the device. What is missing altogether, the structure tells."""
    wanted = {each: _variable(each) for each in expected.controls}
    there = {each: name for each, name in wanted.items() if str(name) in names}
    for reference, answer in zip(there, read_all(client, tuple(there.values())), strict=True):
        model, line = expected.controls[reference]
        if not isinstance(answer, IntData | UIntData):
            found.add(Severity.DANGER, f"ctlModel of {reference}", in_words(model), "not readable", line, (reference,))
        elif answer.value != model:
            told = in_words(answer.value)
            found.add(Severity.DANGER, f"ctlModel of {reference}", in_words(model), told, line, (reference,))
        yield


def in_words(model: int) -> str:
    """`4 (sbo-with-enhanced-security)`."""
    known = {each.value: each.name.casefold().replace("_", "-") for each in ControlModel}
    return f"{model} ({known.get(model, 'no control model')})"


def read_all(client: MmsClient, names: Sequence[ObjectName]) -> Iterator[AccessResult]:
    """Blocks for the device; in batches, one by one where it refuses a batch."""
    waiting = iter(names)
    while several := list(islice(waiting, _AT_ONCE)):
        try:
            yield from client.read_many(several)
        except (ServiceError, MmsReject):
            for each in several:
                yield _one(client, each)


def _one(client: MmsClient, name: ObjectName) -> AccessResult:
    try:
        return client.read_many([name])[0]
    except (ServiceError, MmsReject):
        return DataAccessError(2)


def _variable(reference: str) -> ObjectName:
    domain, _, path = reference.partition("/")
    node, _, data_object = path.partition(".")
    return ObjectName(f"{node}$CF${data_object.replace('.', '$')}$ctlModel", domain)
