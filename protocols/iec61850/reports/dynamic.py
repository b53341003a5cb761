"""Data sets made where a device has blocks but none for some points. Blocks for the device.

Only blocks that have no data set are given one: what is configured stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from open61850.data import BoolData, VisibleStringData
from open61850.mms import DataAccessError, MmsClient, MmsType, ObjectName
from open61850.mms import rcb as library

from models.scl.expected import NO_LIMITS, Dynamic
from protocols.iec61850.mapping import Picture, PointMap
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.data_sets import REFUSALS, assign, define, delete, name_in
from protocols.iec61850.reports.finder import described
from protocols.iec61850.reports.settings import ReportSettings
from protocols.iec61850.reports.survey import Seen, attribute, survey

_PERSISTENT, _NEVER = "persistent", "never"


@dataclass(slots=True)
class DynamicDataSets:
    """What one association has made. limits: what the SCL says that the device lets clients make.

    made: data sets that must be deleted, with the block that each was given to.
    """

    client: MmsClient
    points: PointMap
    picture: Picture
    settings: ReportSettings
    resume: Mapping[str, bytes]
    limits: Dynamic = NO_LIMITS
    made: list[tuple[Seen, ObjectName]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def make(self, spare: Sequence[Seen], variables: Sequence[tuple[ObjectName, MmsType]]) -> list[Block]:
        """Blocks for as many of the variables as the device allows; the first refusal ends it and is told."""
        persistent = self.settings.dynamic_data_sets == _PERSISTENT
        if self.settings.dynamic_data_sets == _NEVER or self.limits.offered is False:
            return []
        # A data set that ends with the association can be no buffered block's.
        fit = [seen for seen in spare if seen.free and (persistent or not library.is_buffered(seen.name))]
        fit = fit[: self.limits.sets or None]
        members = min(self.settings.dynamic_members, self.limits.members or self.settings.dynamic_members)
        blocks: list[Block] = []
        waiting = iter(variables)
        for number, seen in enumerate(fit, start=1):
            chunk = list(islice(waiting, members))
            if not chunk:
                break
            try:
                blocks.append(self._given(seen, name_in(seen, persistent, number), chunk, persistent))
            except REFUSALS as error:
                self.problems.append(f"the device makes no data set for {seen.name}: {error}; its points are read")
                break
        return blocks

    def delete(self) -> None:
        """What has outlived its use, as far as the device allows it."""
        for seen, name in self.made:
            for undo in self._steps_back(seen, name):
                try:
                    undo()
                except REFUSALS as error:
                    self.problems.append(f"data set {name} stays in the device: {error}")
        self.made.clear()

    def _given(self, seen: Seen, name: ObjectName, chunk: list[tuple[ObjectName, MmsType]], persistent: bool) -> Block:
        members = [member for member, _ in chunk]
        try:
            define(self.client, name, members)
        except REFUSALS:
            if not persistent:
                raise
            delete(self.client, name)  # one of ours that an earlier life left behind
            define(self.client, name, members)
        if persistent:
            self.made.append((seen, name))
        if not library.is_buffered(seen.name):
            _reserve(self.client, seen)
        assign(self.client, seen, name)
        (given,) = survey(self.client, [seen.name])
        return described(given, self.points.plan(chunk), self.points, self.picture, self.resume)

    def _steps_back(self, seen: Seen, name: ObjectName) -> Iterator[Callable[[], None]]:
        yield lambda: self.client.write(attribute(seen.name, "RptEna"), BoolData(False))
        yield lambda: self.client.write(attribute(seen.name, "DatSet"), VisibleStringData(""))
        yield lambda: delete(self.client, name)


def _reserve(client: MmsClient, seen: Seen) -> None:
    try:
        client.write(attribute(seen.name, "Resv"), BoolData(True))
    except DataAccessError:
        return  # not every device has it; who may not have the block hears so when it is given a data set
