"""All report control blocks of a device and what they say of themselves, by few requests (IEC 61850-7-2 clause 17)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from open61850.data import (
    BoolData,
    IECData,
    IntData,
    OctetStringData,
    TimestampData,
    UIntData,
    VisibleStringData,
)
from open61850.mms import (
    DataAccessError,
    MmsClient,
    MmsReject,
    ObjectName,
    ServiceError,
)
from open61850.mms import rcb as library
from open61850.mms.pdu import AccessResult

_COMMON = ("RptID", "DatSet", "ConfRev", "RptEna", "Owner")
_BUFFERED = (*_COMMON, "ResvTms", "TimeofEntry", "TimeOfEntry", "EntryID")
_UNBUFFERED = (*_COMMON, "Resv")
_AT_ONCE = 4  # blocks in one request: about forty names, which every device's PDU holds


@dataclass(frozen=True, slots=True)
class Seen:
    """A block as it was when it was read. reserved_s: ResvTms, -1 by configuration; newest: of its entries, EntryID."""

    name: ObjectName
    rpt_id: str
    data_set: str
    conf_rev: int
    enabled: bool
    reserved: bool
    reserved_s: int
    owner: bytes
    newest: bytes | None
    newest_time: datetime | None

    @property
    def free(self) -> bool:
        """Neither enabled nor reserved by anybody."""
        return not (self.enabled or self.reserved or self.reserved_s)

    def why_taken(self) -> str:
        """In words, with the owner where the device names one: `brcb01 is enabled by 10.0.0.5`."""
        by = f" by {owner_text(self.owner)}" if any(self.owner) else ""
        if self.enabled:
            return f"{self.name} is enabled{by}"
        if self.reserved_s == -1:
            return f"{self.name} is assigned by configuration{by}"
        kept = f" for {self.reserved_s} s" if self.reserved_s else ""
        return f"{self.name} is reserved{by}{kept}"


def owner_text(owner: bytes) -> str:
    """Owner holds an IP address; some devices write something else."""
    try:
        return str(ipaddress.ip_address(owner))
    except ValueError:
        return owner.hex()


def blocks_of(names: Iterable[ObjectName]) -> list[ObjectName]:
    """Those that are blocks."""
    return [name for name in names if library.is_rcb_name(name.item)]


def survey(client: MmsClient, names: Iterable[ObjectName]) -> list[Seen]:
    """Read them all. A device that refuses a request for several is asked for one at a time."""
    found: list[Seen] = []
    waiting = iter(names)
    while several := list(islice(waiting, _AT_ONCE)):
        try:
            found += _read(client, several)
        except (ServiceError, MmsReject):
            for name in several:
                found += _read(client, [name])
    return found


def attribute(block: ObjectName, name: str) -> ObjectName:
    """An attribute of a block: `LLN0$BR$x01`, `GI` gives `LLN0$BR$x01$GI`."""
    return ObjectName(f"{block.item}${name}", block.domain)


def _read(client: MmsClient, names: Sequence[ObjectName]) -> list[Seen]:
    wanted = [(name, each) for name in names for each in (_BUFFERED if library.is_buffered(name) else _UNBUFFERED)]
    answers = client.read_many([attribute(*each) for each in wanted])
    values = dict(zip(wanted, answers, strict=True))
    return [_seen(name, {each: value for (of, each), value in values.items() if of == name}) for name in names]


def _seen(name: ObjectName, values: dict[str, AccessResult]) -> Seen:
    newest, owner = values.get("EntryID"), values.get("Owner")
    times = [values.get(each) for each in ("TimeofEntry", "TimeOfEntry")]
    return Seen(
        name,
        rpt_id=text(values["RptID"]) or str(name),
        data_set=text(values["DatSet"]),
        conf_rev=number(values["ConfRev"]),
        enabled=_true(values["RptEna"]),
        reserved=_true(values.get("Resv")),
        reserved_s=number(values.get("ResvTms")),
        owner=owner.value if isinstance(owner, OctetStringData) else b"",
        newest=newest.value if isinstance(newest, OctetStringData) else None,
        newest_time=next((each.value for each in times if isinstance(each, TimestampData)), None),
    )


def _true(value: IECData | DataAccessError | None) -> bool:
    return isinstance(value, BoolData) and value.value


def text(value: IECData | DataAccessError | None) -> str:
    """A visible string's text, '' for anything else."""
    return value.value if isinstance(value, VisibleStringData) else ""


def number(value: IECData | DataAccessError | None) -> int:
    """A number, 0 for anything else."""
    return value.value if isinstance(value, IntData | UIntData) else 0
