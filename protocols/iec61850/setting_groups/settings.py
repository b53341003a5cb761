"""The settings of the active groups (functional constraint SG), as the devices of a link tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from open61850.data import BoolData, FloatData, IECData, IntData, StructureData, UIntData, VisibleStringData
from open61850.mms import OBJECT_CLASS_NAMED_VARIABLE, DataAccessError, MmsClient, ObjectName
from open61850.mms.types import MmsType, StructureType

from models.driver import LinkConfig
from models.errors import ConfigError, LinkError
from protocols.iec61850.own_association import OwnAssociation, own_association
from protocols.iec61850.setting_groups.comparison import GroupSettings, Setting
from protocols.iec61850.setting_groups.group_block import read_state

_CONSTRAINT = "SG"


async def ask(link: LinkConfig, domains: Sequence[str]) -> list[GroupSettings]:
    """Over an association of its own, which ends with it. What goes wrong is told per logical device."""
    try:
        async with own_association(link) as own:
            return [await _read(own, link, domain) for domain in domains]
    except (LinkError, ConfigError) as error:
        return [GroupSettings(link.name, domain, problem=f"no association: {error}") for domain in domains]


async def _read(own: OwnAssociation, link: LinkConfig, domain: str) -> GroupSettings:
    try:
        state = await own.ask(partial(read_state, own.client, domain))
        settings = await own.ask(partial(read_active, own.client, domain))
    except LinkError as error:
        return GroupSettings(link.name, domain, problem=str(error))
    return GroupSettings(link.name, domain, state.active, state.groups, settings)


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
