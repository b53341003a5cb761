"""What a device offers of a link's points: blocks to enable, points to read instead, and why some have neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from open61850.mms import MmsClient

from models.errors import LinkError
from models.point import Handle, PointSpec
from protocols.iec61850.comparison.agreement import Agreement
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.mapping import Picture, PointMap
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.dynamic import DynamicDataSets
from protocols.iec61850.reports.finder import BlockFinder, Found
from protocols.iec61850.reports.memory import Memory
from protocols.iec61850.reports.reading import Readable, Reads, find_readable
from protocols.iec61850.reports.survey import blocks_of
from protocols.iec61850.reports.types import Types
from protocols.iec61850.settings import LinkSettings

Points = Sequence[tuple[Handle, PointSpec]]


@dataclass(slots=True)
class Offer:
    """blocks: to enable at first; refused: reports of which no instance is free, each with the reason; notices: what
    is odd. finder looks for them again; dynamic: the data sets made for this association.
    """

    finder: BlockFinder
    dynamic: DynamicDataSets
    reads: Reads
    blocks: list[Block]
    refused: dict[str, str]
    notices: list[str]


def describe(
    client: MmsClient,
    points: Points,
    plan: PointMap,
    picture: Picture,
    settings: LinkSettings,
    memory: Memory,
    names: Names,
    agreement: Agreement,
) -> Offer:
    """Blocks for the device. What differs from the SCL stands in `agreement`; LinkError where no point can be had."""
    types = Types(client)
    resume = memory.resume
    blocks = blocks_of(names.objects())
    finder = BlockFinder(
        client, plan, picture, settings, resume, memory.is_patient, memory.is_denied, types, blocks, agreement
    )
    found = finder.find()
    dynamic = DynamicDataSets(client, plan, picture, settings.reporting, resume, agreement.dynamic)
    fitting = [(handle, spec) for handle, spec in points if handle in found.handles or not agreement.bars(spec)]
    readable = _readable(types, plan, fitting, found, dynamic, agreement)
    pdu = client.association.max_pdu_size if client.association is not None else None
    reads = Reads(plan, readable, pdu)
    if not found.blocks and not reads:
        why = next((f": {each.text}" for each in agreement.found.found), "")
        problem = "no report of the device holds a point of the SCL, and none can be read"
        raise LinkError(f"config mismatch: {problem}{why}")
    notices = found.notices + [f"report {name}: no instance is free: {why}" for name, why in found.refused.items()]
    notices += dynamic.problems + _unreported(plan, readable, settings.reporting.read_period_s)
    return Offer(finder, dynamic, reads, found.blocks, dict(found.refused), notices)


def _readable(
    types: Types, plan: PointMap, points: Points, found: Found, dynamic: DynamicDataSets, agreement: Agreement
) -> Readable:
    """What is left for reading, after data sets have been made for what they may be made for."""
    readable = find_readable(types, plan, [(handle, spec) for handle, spec in points if handle not in found.handles])
    for spec in (spec for _, spec in points if spec.reference in readable.absent):
        agreement.lacks(spec)
    variables = list({name: (name, kind) for name, kind in readable.names.values()}.values())
    found.blocks += dynamic.make(found.spare, variables)
    for handle in found.handles & set(readable.names):
        del readable.names[handle]
    return readable


def _unreported(plan: PointMap, readable: Readable, period_s: float) -> list[str]:
    notices = []
    if read := sorted(plan.reference[handle] for handle in readable.names):
        notices.append(f"in no enabled report, so read every {period_s:g} s: {', '.join(read)}")
    if readable.mute:
        notices.append(f"in no enabled report and without a value to read: {', '.join(readable.mute)}")
    return notices
