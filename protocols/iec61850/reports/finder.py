"""Which blocks of a device are enabled: a free instance of each that reports a point, buffered ones first.

A block that differs from the SCL is not enabled: a server that reads another data set than it thinks is worse than
none. Where no instance is free, the reason is told and others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from open61850.mms import MmsClient, ObjectName
from open61850.mms import rcb as library

from models.errors import LinkError
from models.point import Handle
from protocols.iec61850.comparison.agreement import Agreement
from protocols.iec61850.mapping import Picture, Plan, PointMap
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.decoder import Decoder
from protocols.iec61850.reports.stream import Stream
from protocols.iec61850.reports.survey import Seen, owner_text, survey
from protocols.iec61850.reports.types import Types
from protocols.iec61850.settings import LinkSettings


@dataclass(slots=True)
class Found:
    """blocks: to enable. refused: reports of which no instance is free, each with the reason. spare: blocks without a
    data set, which a dynamic one can have."""

    blocks: list[Block] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    spare: list[Seen] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def handles(self) -> set[Handle]:
        return {handle for block in self.blocks for handle in block.handles}


class BlockFinder:
    """Blocks for the device. resume: EntryID by block, whose blocks are taken first.

    is_patient: whether a block of ours that another association still holds is waited for (its events would be lost).
    is_denied: whether the device has refused us a block lately. blocks: the names of all that the device has.
    """

    def __init__(
        self,
        client: MmsClient,
        points: PointMap,
        picture: Picture,
        settings: LinkSettings,
        resume: Mapping[str, bytes],
        is_patient: Callable[[str], bool],
        is_denied: Callable[[str], bool],
        types: Types,
        blocks: Sequence[ObjectName],
        agreement: Agreement,
    ) -> None:
        self._client, self._points, self._picture, self._settings = client, points, picture, settings
        self._resume, self._is_patient, self._is_denied, self._types = resume, is_patient, is_denied, types
        self._names, self._agreement = blocks, agreement

    def find(self, only: Iterable[str] | None = None) -> Found:
        """LinkError where a block of ours has to be waited for. only: these refused reports again."""
        found = Found()
        wanted = self._settings.reports if only is None else tuple(only)
        if wanted:
            for report in wanted:
                self._choose(report, self._configured(report), found)
            if only is None and {*self._points.cdc} - found.handles:
                self._groups(found)  # for the blocks without a data set alone
            return found
        for name, group in self._groups(found).items():
            handles = {leaf.handle for member in self._plan(group[0].data_set) for leaf in member}
            if handles - found.handles:
                self._choose(name, group, found)
        return found

    def _groups(self, found: Found) -> dict[str, list[Seen]]:
        """Instances of one report: same name but for two digits, same data set. Buffered ones come first."""
        groups: dict[str, list[Seen]] = {}
        for seen in survey(self._client, sorted(self._names, key=lambda name: not library.is_buffered(name))):
            if not seen.data_set:
                found.spare.append(seen)
                continue
            base = f"{seen.name.domain}/{library.instance_base(seen.name.item)}".replace("$", ".")
            key = base if base not in groups or groups[base][0].data_set == seen.data_set else str(seen.name)
            groups.setdefault(key, []).append(seen)
        return groups

    def _configured(self, report: str) -> list[Seen]:
        domain, _, path = report.rpartition("/")
        item = path.replace(".", "$")
        wanted = re.compile(re.escape(item) + r"(\d\d)?")
        names = [n for n in self._names if domain in ("", n.domain) and wanted.fullmatch(n.item)]
        exact = [n for n in names if n.item == item]
        return survey(self._client, exact or names)

    def _choose(self, report: str, group: list[Seen], found: Found) -> None:
        if not group:
            self._agreement.absent(report)
            return
        ours = [seen for seen in group if str(seen.name) in self._resume]
        usable = [seen for seen in ours if self._may_have(seen)]
        if ours and not usable:
            self._missed(report, ours[0], found)
        # In the order of their numbers, reserved or not: where an earlier life of ours ended before its first entry was
        # remembered, its block is reserved for us and holds what has happened since.
        usable += [seen for seen in group if self._may_have(seen)]
        if not self._agreement.fits(report, (usable or group)[0]):
            return
        if not usable:
            found.refused[report] = "; ".join(seen.why_taken() for seen in group)
            return
        found.blocks.append(self._described(usable[0]))

    def _may_have(self, seen: Seen) -> bool:
        if seen.enabled or seen.reserved_s == -1 or self._is_denied(str(seen.name)):
            return False
        return seen.free or not any(seen.owner) or owner_text(seen.owner) == self._client.local_address

    def _missed(self, report: str, ours: Seen, found: Found) -> None:
        """The block that holds our events is another's now."""
        another = any(ours.owner) and owner_text(ours.owner) != self._client.local_address
        if not another and self._is_patient(str(ours.name)):
            raise LinkError(f"{ours.why_taken()}, which holds events for us; it is tried again until it is released")
        found.notices.append(f"{report}: events may be lost: {ours.why_taken()}, and its buffer with it")

    def _described(self, seen: Seen) -> Block:
        return described(seen, self._plan(seen.data_set), self._points, self._picture, self._resume)

    def _plan(self, data_set: str) -> Plan:
        return self._points.plan([(member, self._types.of(member)) for member in self._agreement.members(data_set)])


def described(seen: Seen, plan: Plan, points: PointMap, picture: Picture, resume: Mapping[str, bytes]) -> Block:
    """A block to enable, out of what it says of itself."""
    decoder = Decoder(plan, points, picture)
    block = Block(seen.name, seen.rpt_id, seen.data_set, seen.conf_rev, plan, decoder, seen.newest_time, seen.newest)
    block.stream = Stream(resume.get(str(seen.name)))
    return block
