"""Names and members of the control services, as IEC 61850-8-1 writes them: LN$CO$DO$Oper."""

from __future__ import annotations

from open61850.data import BitStringData, BoolData, IECData, IntData, StructureData, UIntData
from open61850.mms.pdu import ObjectName
from open61850.server.control import Command
from open61850.server.model import Node

Key = tuple[str, str]
"""Domain, and LN$CO$DO."""
_SERVICES = ("Oper", "SBOw", "SBO", "Cancel")
_SYNCHRO, _INTERLOCK = 0x80, 0x40


def service_of(name: ObjectName) -> str:
    """'Oper', 'SBOw', 'SBO' or 'Cancel'; '' for anything else."""
    parts = name.item.split("$")
    return parts[3] if len(parts) == 4 and parts[1] == "CO" and parts[3] in _SERVICES else ""


def key_of(reference: str) -> Key:
    """Key of 'LD/LN.DO', 'LD/LN$CO$DO' or of a service of it."""
    domain, _, item = reference.partition("/")
    if "$" not in item:
        logical_node, _, name = item.partition(".")
        return domain, f"{logical_node}$CO${name}"
    return domain, "$".join(item.split("$")[:3])


def fields_of(node: Node, value: StructureData) -> dict[str, IECData]:
    """Members by name; node is the model's Oper, SBOw or Cancel."""
    return dict(zip(node.children, value.members, strict=True))


def command_of(client: object, key: Key, fields: dict[str, IECData]) -> Command:
    """The command that LastApplError will name."""
    number, check, test = fields.get("ctlNum"), fields.get("Check"), fields.get("Test")
    bits = check.value[0] if isinstance(check, BitStringData) and check.value else 0
    return Command(
        domain=key[0],
        object_item=key[1],
        ctl_val=fields.get("ctlVal", BoolData(False)),
        origin=fields.get("origin"),
        ctl_num=number.value if isinstance(number, IntData | UIntData) else 0,
        test=isinstance(test, BoolData) and test.value,
        interlock_check=bool(bits & _INTERLOCK),
        synchro_check=bool(bits & _SYNCHRO),
        client=client,
    )
