"""The setting group control block of a logical device, `LLN0$SP$SGCB` (IEC 61850-7-2, IEC 61850-8-1).

Every function here blocks for the device and runs on the link's worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from open61850.data import IECData, IntData, TimestampData, UIntData
from open61850.mms import DataAccessError, MmsClient, MmsReject, ObjectName, ServiceError

from models.errors import LinkError
from protocols.iec61850.setting_groups.group_point import SUFFIX

_BLOCK = "LLN0$SP$SGCB"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class GroupState:
    """groups: how many there are, 1 to groups. activated_ns: when the active one was made active; None: not told."""

    groups: int
    active: int
    activated_ns: int | None


def read_state(client: MmsClient, domain: str) -> GroupState:
    """LinkError where the device has no such block, or tells nonsense."""
    wanted = ("NumOfSG", "ActSG", "LActTm")
    answers = client.read_many([ObjectName(f"{_BLOCK}${name}", domain) for name in wanted])
    groups, active = (_number(answer) for answer in answers[:2])
    if groups is None or active is None:
        problem = f"{domain}{SUFFIX} is in the SCL, not in the device ({answers[0]}); load the same SCL in both"
        raise LinkError(f"config mismatch: {problem}")
    return GroupState(groups, active, _time_ns(answers[2]))


def switch(client: MmsClient, domain: str, group: int) -> str:
    """SelectActiveSG; the words of a refusal, or nothing. Whether it is active now, only reading tells."""
    try:
        client.write(ObjectName(f"{_BLOCK}$ActSG", domain), UIntData(group))
    except (DataAccessError, ServiceError, MmsReject) as error:
        return str(error)
    return ""


def _number(data: IECData | DataAccessError) -> int | None:
    return data.value if isinstance(data, IntData | UIntData) else None


def _time_ns(data: IECData | DataAccessError) -> int | None:
    """A block that has never been switched tells the epoch."""
    if not isinstance(data, TimestampData) or data.value <= _EPOCH:
        return None
    return (data.value - _EPOCH) // _MICROSECOND * 1000
