"""Reserve, configure and enable a block (IEC 61850-7-2 clause 17). Blocks for the device.

Attributes that the device keeps as its SCL has them (Services: ReportSettings 'Fix' or 'Conf') refuse to be written:
what they are is read back, and what is missing then is watched otherwise.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from open61850.data import BitStringData, BoolData, IECData, IntData, OctetStringData, UIntData
from open61850.mms import DataAccessError, MmsClient, OptFlds, TrgOps
from open61850.mms.rcb import RcbError

from models.errors import LinkError
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.stream import Stream
from protocols.iec61850.reports.survey import attribute, number, survey
from protocols.iec61850.settings import LinkSettings

WHOLE_BUFFER = bytes(8)
"""EntryID of zeros: the device sends everything its buffer holds."""

_SILENT_PERIODS = 2
_TRIGGERS = TrgOps(data_change=True, quality_change=True, integrity=True, general_interrogation=True)
_OPTIONS = OptFlds(
    sequence_number=True,
    report_time_stamp=True,
    reason_for_inclusion=True,
    data_set_name=True,
    buffer_overflow=True,
    entry_id=True,
    conf_revision=True,
)
_READ_BACK = ("IntgPd", "TrgOps", "OptFlds")


class BlockTakenError(LinkError):
    """The device refuses to enable a block that looked free."""


@dataclass(slots=True)
class Enabled:
    """problems: in words. forgotten: the entry to resume after means nothing to the device any more."""

    problems: list[str] = field(default_factory=list)
    forgotten: bool = False


def enable(client: MmsClient, block: Block, settings: LinkSettings, entry_id: bytes | None) -> Enabled:
    """Enable a block and interrogate it; a buffered one resumes after `entry_id`.

    LinkError where it cannot be enabled. Where the device has forgotten the entry, its whole buffer is asked for.
    """
    done = Enabled()
    _reserve(client, block, settings)
    _configure(client, block, settings)
    if block.buffered:
        after = _resume(client, block, entry_id, done)
        block.resumes(after, time.monotonic() + _SILENT_PERIODS * settings.integrity_s)
    try:
        _write(client, block, "RptEna", BoolData(True))
    except RcbError as error:
        (seen,) = survey(client, [block.name])
        why = str(error) if seen.free else seen.why_taken()
        raise BlockTakenError(f"{block.name} cannot be enabled: {why}; another instance is looked for") from error
    _look_back(client, block, settings, done)
    _interrogate(client, block, done)
    return done


def interrogate(client: MmsClient, block: Block) -> None:
    """Ask for the whole data set once more."""
    client.write(attribute(block.name, "GI"), BoolData(True))


def is_enabled(client: MmsClient, block: Block) -> bool:
    """Ask a block that says nothing by itself whether it would."""
    (seen,) = survey(client, [block.name])
    return seen.enabled


def _reserve(client: MmsClient, block: Block, settings: LinkSettings) -> None:
    """First: devices refuse to be configured by a client that has not reserved the block. Edition 1 has no ResvTms."""
    name = "ResvTms" if block.buffered else "Resv"
    _try(client, block, name, IntData(settings.reservation_s) if block.buffered else BoolData(True))


def _configure(client: MmsClient, block: Block, settings: LinkSettings) -> None:
    _try(client, block, "IntgPd", UIntData(round(settings.integrity_s * 1000)))
    if settings.reporting.buffer_time_ms is not None:
        _try(client, block, "BufTm", UIntData(settings.reporting.buffer_time_ms))
    _try(client, block, "TrgOps", _TRIGGERS.to_bitstring())
    _try(client, block, "OptFlds", _OPTIONS.to_bitstring())


def _resume(client: MmsClient, block: Block, entry_id: bytes | None, done: Enabled) -> bytes | None:
    """After our entry; else the whole buffer; else what is left when a device takes no entry at all is purged.

    The entry after which it goes on; None for the whole buffer.
    """
    if entry_id is not None and any(entry_id):
        if not _started_anew(client, block) and _try(client, block, "EntryID", OctetStringData(entry_id)):
            return entry_id
        done.forgotten = True
        block.stream = Stream()  # the EntryIDs of a device that has started anew begin again
        done.problems.append(
            f"{block.name}: events may be lost: the device forgot entry {entry_id.hex()}; its whole buffer follows"
        )
    if not _try(client, block, "EntryID", OctetStringData(WHOLE_BUFFER)) and done.forgotten:
        _try(client, block, "PurgeBuf", BoolData(True))
        done.problems.append(f"{block.name}: the device takes no entry to begin with; its buffer was purged")
        return block.newest
    return None


def _started_anew(client: MmsClient, block: Block) -> bool:
    """A device that has no newest entry has never made one in this life."""
    (seen,) = survey(client, [block.name])
    return seen.newest is not None and not any(seen.newest)


def _look_back(client: MmsClient, block: Block, settings: LinkSettings, done: Enabled) -> None:
    answers = client.read_many([attribute(block.name, each) for each in _READ_BACK])
    values = dict(zip(_READ_BACK, answers, strict=True))
    triggers, options = values["TrgOps"], values["OptFlds"]
    period_s = number(values["IntgPd"]) / 1000
    if isinstance(triggers, BitStringData):
        flags = TrgOps.from_bitstring(triggers)
        period_s = period_s if flags.integrity else 0.0
        if not flags.data_change:
            done.problems.append(f"{block.name} does not report changes (TrgOps); only its integrity reports tell them")
    if isinstance(options, BitStringData):
        done.problems += _absent(block, OptFlds.from_bitstring(options))
    block.silence_s = _SILENT_PERIODS * max(period_s, settings.integrity_s) if period_s > 0 else None
    if block.silence_s is None:
        done.problems.append(f"{block.name} sends no integrity reports; it is asked every {settings.integrity_s:g} s")


def _absent(block: Block, options: OptFlds) -> list[str]:
    """What the reports will lack, and what is watched instead."""
    lacks = []
    if not options.sequence_number:
        lacks.append("no SqNum: missing reports show only where an integrity report differs from what was told")
    if block.buffered and not options.entry_id:
        lacks.append("no EntryID: after a break the whole buffer comes again")
    if not options.reason_for_inclusion:
        lacks.append("no reason codes: whatever repeats value, quality and time is no event")
    return [f"{block.name} reports {each}" for each in lacks]


def _interrogate(client: MmsClient, block: Block, done: Enabled) -> None:
    block.asked = True  # beforehand: the report may overtake the answer, and without TimeOfEntry nothing else tells
    if _try(client, block, "GI", BoolData(True)):
        return
    block.asked = False
    done.problems.append(f"{block.name} takes no general interrogation; the first integrity report is awaited")


def _try(client: MmsClient, block: Block, name: str, value: IECData) -> bool:
    try:
        client.write(attribute(block.name, name), value)
    except DataAccessError:
        return False
    return True


def _write(client: MmsClient, block: Block, name: str, value: IECData) -> None:
    try:
        client.write(attribute(block.name, name), value)
    except DataAccessError as error:
        raise RcbError(block.name, name, error) from error
