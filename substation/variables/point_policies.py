"""`Policy.Points` of a unit: what the operator lets others know of field points, from now on [SE2]."""

from __future__ import annotations

from models.errors import StorageError
from models.wire.cbor import WireValue
from models.wire.instance import Instance, policy_from_wire
from models.wire.messages import Code
from substation.data_groups.kinds import Grants, Record, Text
from substation.exchange.access import Identity, Right
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.variables.policy_ledger import Change, PolicyLedger, Scope, grants_of
from substation.variables.publication import Publication

POINT_POLICIES = "Policy.Points"
_KIND = Record({"variable": Text(), "location": Text(), "grants": Grants()})


class PointPolicies:
    """One instance for each pair of patterns. grants null: open to everyone who may read, again."""

    def __init__(self, unit: str, ledger: PolicyLedger, publication: Publication) -> None:
        self._unit, self._ledger, self._publication = unit, ledger, publication
        for change in ledger.present(Scope.POINTS):
            self._show(change)

    def _show(self, change: Change) -> None:
        value: WireValue = {
            "variable": change.variable,
            "location": change.location,
            "grants": grants_of(change.policy),
            "set_by": change.set_by,
            "since_ns": change.arrival_ns,
        }
        self._publication.publish(POINT_POLICIES, value, key=f"{change.location}/{change.variable}")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if (problem := _KIND.problem(value, "value")) or not isinstance(value, dict):
            raise RefusedError(Code.BAD_REQUEST, f"{POINT_POLICIES}: {problem}")
        points, where = str(value["variable"]), str(value["location"])
        if not requester.may(Right.CONFIGURE, where):
            raise RefusedError(Code.NOT_ALLOWED, f"{where} is outside the area of responsibility of {requester.name}")
        policy = policy_from_wire("value.grants", value["grants"])
        try:
            change = await self._ledger.record(Change(Scope.POINTS, points, where, "", policy, requester.name))
        except StorageError as error:
            return WriteResult(Code.FAILED, f"the policy is as before: {error}")
        self._show(change)
        return WriteResult(Code.OK)

    async def read(self, selection: Selection) -> list[Instance]:
        return await self._publication.read(selection)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        return self._publication.subscribe(selection, subscriber, initial)
