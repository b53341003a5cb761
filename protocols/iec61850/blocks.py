"""Report control blocks of one device: finding, comparing with the SCL, enabling (IEC 61850-7-2 clause 17).

Every function here blocks for the device and runs on the link's worker. What the device answers differently from the
SCL is a 'config mismatch' and ends the link: a server that reads another data set than it thinks is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from open61850.data import BoolData, IECData, IntData, OctetStringData, TimestampData, UIntData, VisibleStringData
from open61850.mms import (
    OBJECT_CLASS_DOMAIN,
    OBJECT_CLASS_NAMED_VARIABLE,
    DataAccessError,
    MmsClient,
    ObjectName,
    Report,
)
from open61850.mms import rcb as library

from models.errors import LinkError
from models.point import Handle, PointSpec
from protocols.iec61850.mapping import Plan, PointMap
from protocols.iec61850.settings import LinkSettings

WHOLE_BUFFER = bytes(8)
"""EntryID of zeros: the device sends everything its buffer holds."""

_SEQUENCE_MODULI = (256, 65536)  # SqNum is INT8U in an unbuffered block, INT16U in a buffered one; devices mix them up
_NON_EXISTENT = 10


@dataclass(slots=True)
class Block:
    """One report control block as the device describes it, and where its stream of reports stands.

    buffered_until: time of the newest entry before we enabled it; an interrogation that is older is a replay.
    """

    name: ObjectName
    rpt_id: str
    data_set: str
    conf_rev: int
    plan: Plan
    buffered_until: datetime | None
    sequence: int | None = None
    overflowed: bool = False
    complete: bool = False

    @property
    def buffered(self) -> bool:
        return library.is_buffered(self.name)

    @property
    def handles(self) -> set[Handle]:
        """The points whose value this block reports."""
        return {field.handle for member in self.plan for field in member}

    def owns(self, report: Report) -> bool:
        return report.rpt_id == self.rpt_id and report.data_set in (None, self.data_set)

    def lost_before(self, report: Report) -> bool:
        """Account for BufOvfl and SqNum; True when reports between the last one and this one are missing."""
        began = bool(report.buf_ovfl) and not self.overflowed
        self.overflowed = bool(report.buf_ovfl)
        return not self._follows(report) or began

    def _follows(self, report: Report) -> bool:
        number, last = report.seq_num, self.sequence
        if number is None or report.sub_seq_num:  # segments of one report share its number
            return True
        self.sequence = number
        return last is None or number == last + 1 or (number == 0 and last + 1 in _SEQUENCE_MODULI)

    def completes(self, report: Report) -> bool:
        """True for the last segment of a picture of the whole data set that was taken after we enabled the block."""
        fresh = self.buffered_until is None or (
            report.time_of_entry is not None and report.time_of_entry > self.buffered_until
        )
        whole = any(e.reason and (e.reason.general_interrogation or e.reason.integrity) for e in report.entries)
        return fresh and whole and not report.more_segments_follow


class BlockFinder:
    """Finds the blocks of a link and compares them with the SCL. Blocks of `preferred` are taken first."""

    def __init__(self, client: MmsClient, points: PointMap, settings: LinkSettings, preferred: Iterable[str]) -> None:
        self._client = client
        self._points = points
        self._settings = settings
        self._preferred = frozenset(preferred)
        self._blocks = self._browse()

    def find(self) -> list[Block]:
        """The blocks to enable; LinkError where device and SCL differ, or where no instance is free."""
        if not self._settings.reports:
            found = [self._block(names) for names in self._groups() if self._describe(names[0]).handles]
        else:
            found = [self._configured(report) for report in self._settings.reports]
        if not found:
            raise LinkError("config mismatch: no report of the device holds a point of the SCL")
        return found

    def _browse(self) -> list[ObjectName]:
        client = self._client
        return [
            ObjectName(item, domain)
            for domain in client.get_name_list(OBJECT_CLASS_DOMAIN)
            for item in client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE, domain)
            if library.is_rcb_name(item)
        ]

    def _groups(self) -> list[list[ObjectName]]:
        groups: dict[tuple[str | None, str], list[ObjectName]] = {}
        for name in self._blocks:
            groups.setdefault((name.domain, library.instance_base(name.item)), []).append(name)
        return list(groups.values())

    def _configured(self, report: str) -> Block:
        domain, _, path = report.rpartition("/")
        wanted = re.compile(re.escape(path.replace(".", "$")) + r"(\d\d)?")
        names = [n for n in self._blocks if domain in ("", n.domain) and wanted.fullmatch(n.item)]
        exact = [n for n in names if n.item == path.replace(".", "$")]
        if not names:
            raise mismatch(f"report {report}", "present", "absent")
        block = self._block(exact or names)
        self._compare(report, block)
        return block

    def _compare(self, report: str, block: Block) -> None:
        expected = self._settings.conf_revs.get(report)
        if expected is not None and expected != block.conf_rev:
            raise mismatch(f"confRev of {report}", expected, block.conf_rev)
        data_set = self._settings.data_sets.get(report)
        actual = block.data_set.rpartition("/")[2].replace("$", ".")
        if data_set is not None and data_set.rpartition("/")[2] != actual:
            raise mismatch(f"data set of {report}", data_set, actual or "none")

    def _block(self, names: list[ObjectName]) -> Block:
        """A free instance, else one that is reserved but not enabled: the device knows whether that is for us."""
        ours = [name for name in names if str(name) in self._preferred] or names
        states = [library.read_status(self._client, name) for name in ours]
        usable = [s for s in states if s.free] + [s for s in states if not (s.rpt_ena or s.reserved_by_configuration)]
        if not usable:
            raise LinkError(f"report {ours[0]} is not free ({states[0].describe()}); release it or add an instance")
        return self._describe(usable[0].rcb)

    def _describe(self, name: ObjectName) -> Block:
        times = ("TimeofEntry", "TimeOfEntry") if library.is_buffered(name) else ()
        wanted = ("RptID", "DatSet", "ConfRev", *times)
        values = dict(zip(wanted, self._client.read_many([attribute(name, w) for w in wanted]), strict=True))
        data_set = _text(values["DatSet"])
        return Block(
            name,
            rpt_id=_text(values["RptID"]) or str(name),
            data_set=data_set,
            conf_rev=_number(values["ConfRev"]),
            plan=self._plan(data_set),
            buffered_until=next((v.value for t in times if isinstance(v := values[t], TimestampData)), None),
        )

    def _plan(self, data_set: str) -> Plan:
        domain, _, item = data_set.partition("/")
        if not item:
            return ()
        members = self._client.get_data_set_members(ObjectName(item, domain))
        return self._points.plan([(member, self._client.get_type(member)) for member in members])


def mismatch(what: str, expected: object, actual: object) -> LinkError:
    """Device and SCL differ: both values and the remedy."""
    return LinkError(
        f"config mismatch: {what} is {expected} in the SCL, {actual} in the device; load the same SCL in both"
    )


def attribute(block: ObjectName, name: str) -> ObjectName:
    """An attribute of a block: `LLN0$BR$x01`, `GI` gives `LLN0$BR$x01$GI`."""
    return ObjectName(f"{block.item}${name}", block.domain)


def enable(client: MmsClient, block: Block, settings: LinkSettings, entry_id: bytes | None) -> str | None:
    """Reserve, configure and enable a block, then interrogate it. A buffered block resumes after `entry_id`.

    Returns a warning where the device does not know that entry any more: then its whole buffer is asked for, and
    `entry_id` means nothing from now on (the EntryIDs of a device that has started anew begin again).
    """
    if entry_id is None or _started_anew(client, block):
        library.enable(client, block.name, _block_settings(settings, WHOLE_BUFFER))
        return None if entry_id is None else _forgotten(block, entry_id)
    try:
        library.enable(client, block.name, _block_settings(settings, entry_id))
    except library.RcbError as error:
        if error.attribute != "EntryID":
            raise
        library.enable(client, block.name, _block_settings(settings, WHOLE_BUFFER))
        return _forgotten(block, entry_id)
    return None


def _started_anew(client: MmsClient, block: Block) -> bool:
    """A device that has no newest entry has never made one in this life."""
    (newest,) = client.read_many([attribute(block.name, "EntryID")])
    return isinstance(newest, OctetStringData) and not any(newest.value)


def _forgotten(block: Block, entry_id: bytes) -> str:
    return f"{block.name}: events may be lost: the device forgot entry {entry_id.hex()}; its whole buffer follows"


def interrogate(client: MmsClient, block: Block) -> None:
    """Ask for the whole data set once more."""
    client.write(attribute(block.name, "GI"), BoolData(True))


def _block_settings(settings: LinkSettings, entry_id: bytes) -> library.RcbSettings:
    return library.RcbSettings(
        intg_pd_ms=round(settings.integrity_s * 1000), resv_tms=settings.reservation_s, entry_id=entry_id
    )


def missing_references(client: MmsClient, specs: Iterable[PointSpec]) -> tuple[list[str], list[str]]:
    """References that the device does not have, and those that it has; each asked by reading its quality."""
    absent: list[str] = []
    present: list[str] = []
    for spec in specs:
        answers = client.read_many([_quality_name(spec.reference, constraint) for constraint in ("ST", "MX")])
        gone = all(isinstance(a, DataAccessError) and a.code == _NON_EXISTENT for a in answers)
        (absent if gone else present).append(spec.reference)
    return absent, present


def _quality_name(reference: str, constraint: str) -> ObjectName:
    domain, _, path = reference.partition("/")
    logical_node, *names = path.split(".")
    return ObjectName("$".join((logical_node, constraint, *names, "q")), domain)


def _text(value: IECData | DataAccessError) -> str:
    return value.value if isinstance(value, VisibleStringData) else ""


def _number(value: IECData | DataAccessError) -> int:
    return value.value if isinstance(value, IntData | UIntData) else 0
