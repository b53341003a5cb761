"""The types of a device's variables, asked for by logical node and functional constraint: few requests for many."""

from __future__ import annotations

from open61850.mms import MmsClient, MmsType, ObjectName, ServiceError
from open61850.mms.types import StructureType

_DEPTH = 2  # LN$FC


class Types:
    """Blocks for the device; one life of a link."""

    def __init__(self, client: MmsClient) -> None:
        self._client = client
        self._roots: dict[ObjectName, MmsType | None] = {}

    def of(self, name: ObjectName) -> MmsType:
        """Type of a data set's member; ServiceError where the device does not have it."""
        return self.find(name) or self._client.get_type(name)

    def find(self, name: ObjectName) -> MmsType | None:
        """The same out of its logical node's; None where that has no such thing."""
        steps = name.item.split("$")
        found = self._root(ObjectName("$".join(steps[:_DEPTH]), name.domain))
        for step in steps[_DEPTH:]:
            found = found.component(step) if isinstance(found, StructureType) else None
        return found

    def _root(self, name: ObjectName) -> MmsType | None:
        if name not in self._roots:
            try:
                self._roots[name] = self._client.get_type(name)
            except ServiceError:
                self._roots[name] = None
        return self._roots[name]
