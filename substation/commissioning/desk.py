"""The desk of commissioning: boards and tests of a unit, joined to its gate, event list and publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from models.alarm import Category, Severity
from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName, PointSpec
from models.wire.cbor import WireValue, outgoing
from models.wire.messages import Code
from substation.commissioning.document import summary
from substation.commissioning.inhibit_board import InhibitBoard
from substation.commissioning.point_test import PointTest
from substation.commissioning.point_test_store import PointTestStore
from substation.commissioning.point_tests import PointTests
from substation.commissioning.substitution_board import SubstitutionBoard, value_of
from substation.control.gate import Gate
from substation.control.operation import AnyRequest
from substation.control.regulation import REGULATED, RegulatingRequest, SetPoint, StepCommand
from substation.control.request import Ending, GateResult, Request
from substation.exchange.variables import RefusedError, WriteResult
from substation.parts import Parts

_GOOD = (Ending.ACCEPTED, Ending.CONFIRMED)
_STEPS = {int(Dbpos.OFF): StepCommand.LOWER, int(Dbpos.ON): StepCommand.RAISE}
_WHY = "commissioning"


class Desk:
    """`await Desk.open(parts, gate)`, then `run` until cancelled."""

    def __init__(
        self, parts: Parts, inhibitions: InhibitBoard, substitutions: SubstitutionBoard, tests: PointTests
    ) -> None:
        self._parts, self._register = parts, parts.image.register
        self.inhibitions, self.substitutions, self.tests = inhibitions, substitutions, tests
        self._places = _places([spec.name.location for _, spec in self._register.items()])
        self._gate: Gate | None = None
        for board in (inhibitions, substitutions, tests):
            board.told = self._tell
        inhibitions.changed, substitutions.changed = self._show_inhibitions, self._show_substitutions
        tests.changed = self._show_test
        parts.events.inhibited = lambda name: "" if (found := inhibitions.of(name)) is None else str(found)
        self._show_inhibitions()
        self._show_substitutions()
        for test in tests.all:
            self._show_test(test)

    @classmethod
    async def open(cls, parts: Parts) -> Desk:
        """With everything that was set before the restart. StorageError when the disk refuses."""
        database, image, clock = parts.stores.control, parts.image, parts.clock
        inhibitions = await InhibitBoard.open(database, clock)
        substitutions = await SubstitutionBoard.open(database, image, clock, parts.stores.history.append_later)
        tests = await PointTests.open(PointTestStore(database), image, clock)
        return cls(parts, inhibitions, substitutions, tests)

    def attach(self, gate: Gate) -> None:
        """Commands in test and values of devices go through this gate."""
        self._gate = gate

    async def run(self) -> None:
        await self.inhibitions.run()

    def knows(self, location: str) -> bool:
        """Whether it has points, or is above such a location."""
        return location in self._places

    def point(self, location: str, variable: str) -> PointName:
        """RefusedError when no device has it."""
        name = PointName(location, variable)
        if self._register.handle(name) is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"no device has the point {name}")
        return name

    async def attempt(self, test: int, point: PointName, value: object, who: str) -> WriteResult:
        """A command in test, noted in the point-to-point test."""
        return _answer(await self.tests.attempt(test, point, value, who, self._in_test))

    async def _in_test(self, point: PointName, value: object, who: str) -> GateResult:
        return await self._the_gate.execute(self._request(point, value, who, test=True))

    async def substitute_at_device(self, point: PointName, value: object, reason: str, who: str) -> WriteResult:
        """subVal and subEna of the device (IEC 61850-7-3): everybody who reads it gets this value."""
        if not reason.strip():
            return _answer("a value is substituted for a reason: write it")
        return _answer(await self._the_gate.substitute(self._substituting(point, value, who, reason), True))

    async def restore_at_device(self, point: PointName, who: str) -> WriteResult:
        handle = self._register.handle(point)
        sample = None if handle is None else self._parts.image.get(handle)
        value = None if sample is None else sample.value
        return _answer(await self._the_gate.substitute(self._substituting(point, value, who, "removed"), False))

    def _substituting(self, point: PointName, plain: object, who: str, reason: str) -> AnyRequest:
        spec = self._spec(point)
        value = value_of(spec, plain)
        originator = Originator(OriginatorCategory.STATION_CONTROL, who)
        if isinstance(value, bool | Dbpos):
            return Request(point, value, originator, why=reason)
        if isinstance(value, int | float):
            return RegulatingRequest(point, SetPoint(value, spec.unit), originator, why=reason)
        raise RefusedError(Code.BAD_REQUEST, f"{plain!r} is no value of {point} ({spec.cdc.value})")

    def _request(self, point: PointName, value: object, who: str, test: bool) -> AnyRequest:
        spec = self._spec(point)
        originator = Originator(OriginatorCategory.STATION_CONTROL, who)
        if spec.cdc not in REGULATED:
            switched = value_of(spec, value)
            if isinstance(switched, bool | Dbpos):
                return Request(point, switched, originator, why=_WHY, test=test)
        elif REGULATED[spec.cdc] is StepCommand:
            if type(value) is int and value in _STEPS:
                return RegulatingRequest(point, _STEPS[value], originator, why=_WHY, test=test)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return RegulatingRequest(point, SetPoint(value, spec.unit), originator, why=_WHY, test=test)
        raise RefusedError(Code.BAD_REQUEST, f"{point} ({spec.cdc.value}) is not commanded with {value!r}")

    def _spec(self, point: PointName) -> PointSpec:
        handle = self._register.handle(point)
        if handle is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"no device has the point {point}")
        return self._register.spec(handle)

    @property
    def _the_gate(self) -> Gate:
        if self._gate is None:
            raise RefusedError(Code.REFUSED, "the unit has no gate yet; ask again")
        return self._gate

    def _show_inhibitions(self) -> None:
        plain = [{**asdict(each), "kind": each.kind.value} for each in self.inhibitions.present]
        self._publish("Inhibitions", {"inhibitions": plain})

    def _show_substitutions(self) -> None:
        plain = [
            {
                "location": each.point.location,
                "variable": each.point.variable,
                "value": int(each.value) if isinstance(each.value, Dbpos) else each.value,
                "holder": each.holder,
                "reason": each.reason,
                "placed_ns": each.placed_ns,
            }
            for each in self.substitutions.present
        ]
        self._publish("Substitutions", {"substitutions": plain})

    def _show_test(self, test: PointTest) -> None:
        self._parts.publication.publish("PointTests", summary(test), key=str(test.id))

    def _publish(self, variable: str, content: object) -> None:
        plain: WireValue = outgoing(content, variable)
        self._parts.publication.publish(variable, plain)

    def _tell(self, place: str, text: str) -> None:
        self._parts.events.tell(Category.SYSTEM, Severity.INFORMATION, place, text)


def _places(locations: Sequence[str]) -> frozenset[str]:
    """Every location and everything above it."""
    found: set[str] = set()
    for location in locations:
        path = location
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)


def _answer(result: GateResult | str) -> WriteResult:
    if isinstance(result, str):
        return WriteResult(Code.REFUSED, result)
    if result.ending in _GOOD:
        return WriteResult(Code.OK, result.reason)
    code = Code.REFUSED if result.ending is Ending.REFUSED else Code.FAILED
    return WriteResult(code, result.reason, int(result.add_cause))
