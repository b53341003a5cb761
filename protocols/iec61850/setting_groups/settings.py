"""The settings of the active groups (functional constraint SG), as the devices of a link tell them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from open61850.data import BoolData, FloatData, IECData, IntData, StructureData, UIntData, VisibleStringData
from open61850.mms import OBJECT_CLASS_NAMED_VARIABLE, DataAccessError, MmsClient, ObjectName
from open61850.mms.types import MmsType, StructureType

from models.driver import LinkConfig
from models.errors import LinkError
from protocols.iec61850.association import LIBRARY_ERRORS, Association
from protocols.iec61850.setting_groups.comparison import GroupSettings, Setting
from protocols.iec61850.setting_groups.group_block import read_state
from protocols.tls.modes import has_tls

_CONSTRAINT = "SG"
_TIMEOUT_S = 5.0
_BEHIND_TLS = "the link is behind TLS, which this command does not speak; read the settings with the device's own tool"


async def ask(link: LinkConfig, domains: Sequence[str]) -> list[GroupSettings]:
    """Over an association of its own, which ends with it. What goes wrong is told per logical device."""
    if has_tls(link):
        return [GroupSettings(link.name, domain, problem=_BEHIND_TLS) for domain in domains]
    try:
        association = await asyncio.to_thread(Association.open, link.host, link.port, _TIMEOUT_S, lambda report: None)
    except LIBRARY_ERRORS as error:
        return [GroupSettings(link.name, domain, problem=f"no association: {error}") for domain in domains]
    association.receive()
    try:
        return [await asyncio.to_thread(_read, association, link, domain) for domain in domains]
    finally:
        association.abort("done")


def _read(client: MmsClient, link: LinkConfig, domain: str) -> GroupSettings:
    try:
        state = read_state(client, domain)
        return GroupSettings(link.name, domain, state.active, state.groups, read_active(client, domain))
    except (*LIBRARY_ERRORS, LinkError) as error:
        return GroupSettings(link.name, domain, problem=str(error) or type(error).__name__)


def read_active(client: MmsClient, domain: str) -> dict[str, Setting | None]:
    """Every setting of the active group by its name (`PTOC1.StrVal.setMag.f`); None: not readable."""
    found: dict[str, Setting | None] = {}
    for name in client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE, domain):
        node, _, rest = name.partition("$")
        if rest != _CONSTRAINT:  # a whole logical node's settings: one read instead of one per attribute
            continue
        target = ObjectName(name, domain)
        answer = client.read_many([target])[0]
        if isinstance(answer, DataAccessError):
            found[node] = None
        else:
            found.update((f"{node}.{path}", value) for path, value in _leaves(client.get_type(target), answer))
    return found


def _leaves(mms_type: MmsType, data: IECData) -> Iterator[tuple[str, Setting | None]]:
    if isinstance(mms_type, StructureType) and isinstance(data, StructureData):
        for (name, each), member in zip(mms_type.components, data.members, strict=False):
            for path, value in _leaves(each, member):
                yield f"{name}.{path}" if path else name, value
    else:
        yield "", _plain(data)


def _plain(data: IECData) -> Setting | None:
    if isinstance(data, BoolData | IntData | UIntData | FloatData | VisibleStringData):
        return data.value
    return None
