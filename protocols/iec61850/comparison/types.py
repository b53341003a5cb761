"""The types of a device's attributes, one request per logical node (GetVariableAccessAttributes of IEC 61850-8-1)."""

from __future__ import annotations

from collections.abc import Iterator

from open61850.mms import MmsClient, MmsReject, MmsType, ObjectName, ServiceError
from open61850.mms.types import ArrayType, PrimitiveType, StructureType

from models.scl.expected import ARRAY
from protocols.iec61850.comparison.names import Names

_DEEPEST = 32


def attributes(client: MmsClient, names: Names, domain: str, node: str) -> dict[str, str] | None:
    """`ST$Pos$stVal` to its MMS type. Blocks for the device.

    A device whose answer would not fit into one message is asked by functional constraint; None where it refuses all.
    """
    try:
        return dict(_leaves(client.get_type(ObjectName(node, domain)), ""))
    except (ServiceError, MmsReject):
        return _by_constraint(client, names, domain, node)


def _by_constraint(client: MmsClient, names: Names, domain: str, node: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    refused = True
    for each in names.constraints(domain, node):
        try:
            found.update(_leaves(client.get_type(ObjectName(each, domain)), each.partition("$")[2]))
            refused = False
        except (ServiceError, MmsReject):
            continue
    return None if refused else found


def _leaves(mms_type: MmsType, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(mms_type, StructureType):
        if depth < _DEEPEST:
            for name, inner in mms_type.components:
                yield from _leaves(inner, f"{path}${name}" if path else name, depth + 1)
    elif isinstance(mms_type, ArrayType):
        yield path, ARRAY
    elif isinstance(mms_type, PrimitiveType):
        yield path, mms_type.kind
    else:
        yield path, f"named type {mms_type.name}"
