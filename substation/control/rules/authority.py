"""Who may command at all (SAFETY S18, S19, S21, S22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from models.command import Originator, OriginatorCategory
from models.network.elements import SwitchKind
from models.point import PointName, Sample
from models.quality import VALUE_BITS, Quality
from models.switching import OrderState
from substation.authority.authority import without_control
from substation.authority.four_eyes import TAKES_TWO, SecondOperator, Weighty
from substation.control.rule_settings import RuleSettings
from substation.control.situation import Context, Situation
from substation.image import Missing, ProcessImage

_REMOTE = (OriginatorCategory.REMOTE_CONTROL, OriginatorCategory.AUTOMATIC_REMOTE)
_NOT_ON = {2: "blocked", 3: "in test", 4: "in test and blocked", 5: "off"}
"""Beh of IEC 61850-7-4 other than on (1)."""
_TEST, _TEST_BLOCKED = 3, 4
_UNDER_WAY = (OrderState.APPROVED, OrderState.EXECUTING)


class Asking(Protocol):
    """What is asked for, and by whom."""

    @property
    def point(self) -> PointName: ...

    @property
    def originator(self) -> Originator: ...

    @property
    def order(self) -> str: ...

    @property
    def test(self) -> bool: ...


class Standing(Protocol):
    """Where a command stands, whatever it commands: what rules of authority ask."""

    @property
    def element(self) -> str: ...

    @property
    def context(self) -> Context: ...

    @property
    def image(self) -> ProcessImage: ...

    @property
    def request(self) -> Asking: ...

    @property
    def settings(self) -> RuleSettings: ...


def open_intents(situation: Standing) -> str:
    """S22: after a crash read, stay blocked, ask."""
    found = situation.context.open_intents
    if not found:
        return ""
    return f"the outcome of {found[0]} was never seen; read the positions, then release the blocked commands"


def order_not_under_way(situation: Standing) -> str:
    """S22: in the name of an order that is not approved yet, stands still or has ended nothing is commanded."""
    name, order = situation.request.order, situation.context.order
    if not name or (order is not None and order.state in _UNDER_WAY):
        return ""
    return f"order {name} is {'not known' if order is None else order.state.value}; it gives no command"


def order_to_stop(situation: Standing) -> str:
    """S22: an order that has to stop gives no command beyond what completes its isolation."""
    found = situation.context.to_stop
    return f"order {situation.request.order} has to stop: {found}" if found else ""


def unresolved_outcome(situation: Standing) -> str:
    """S21: a command whose outcome is unknown is never repeated."""
    found = situation.context.unresolved
    if not found:
        return ""
    return f"{found} had no confirmed outcome and is not repeated; an operator reads the position and releases it"


def leased_to_another(situation: Situation) -> str:
    """S19: a running sequence holds what it touches."""
    leases, own = situation.context.leases, situation.request.order
    for resource in _resources(situation):
        holder = leases.get(resource, own)
        if holder != own:
            return f"{resource} is held by the running order {holder}; abort it to take over"
    return ""


def _resources(situation: Situation) -> Iterator[str]:
    yield situation.element
    if not situation.context.leases:
        return
    feeders = sorted(situation.feeders)
    yield from feeders
    if situation.energised:
        yield from sorted(feeder.transformer for feeder in situation.grid.network.feeders if feeder.id in feeders)


def local_control(situation: Standing) -> str:
    """S18: local control at the device, its bay or its station excludes every source but the one on site."""
    return local_at(situation, situation.element)


def local_at(situation: Standing, path: str) -> str:
    """S18 for a place and everything above it (Loc, LocKey)."""
    for name in _governing(situation, path, "Loc", "LocKey"):
        local = situation.image.read(name)
        if isinstance(local, Missing):
            return f"who has control at {name.location} is not known: {local.reason}"
        if local.value:
            return f"{name.location} is switched to local control ({name.variable})"
    return ""


def held_by_another(situation: Standing) -> str:
    """S18: one holder has control of the unit; nobody else commands."""
    request = situation.request
    required = situation.settings.authority.required
    return without_control(request.originator, situation.context.authority, required, bool(request.order))


def second_operator_missing(situation: Situation) -> str:
    """S18: what unit.toml wants two people for is commanded by nobody alone."""
    request, settings = situation.request, situation.settings.second_operator
    if request.second or request.automatic or request.test:
        return ""
    if request.originator.category in _REMOTE and not settings.control_centres:
        return ""
    what = _weighty(situation, settings)
    return f"{what} {TAKES_TWO}" if what else ""


def _weighty(situation: Situation, settings: SecondOperator) -> str:
    if settings.wants_at(situation.element):
        return f"every command of {situation.element}"
    if situation.switch is None:
        return ""
    if settings.wants(Weighty.EARTHING_SWITCH) and situation.kind is SwitchKind.EARTHING_SWITCH:
        return f"the earthing switch {situation.element}"
    joins = situation.request.closes and len(situation.live_sides) > 1
    return f"the parallel over {situation.element}" if joins and settings.wants(Weighty.PARALLEL) else ""


def station_control(situation: Standing) -> str:
    """S18: where the station level has control (LocSta), nobody commands from remote."""
    if situation.request.originator.category not in _REMOTE:
        return ""
    for name in _governing(situation, situation.element, "LocSta"):
        station = situation.image.read(name)
        if isinstance(station, Missing):
            return f"whether the station or remote has control at {name.location} is not known: {station.reason}"
        if station.value:
            return f"{name.location} is under control of the station ({name.variable}); remote commands are refused"
    return ""


def behaviour(situation: Standing) -> str:
    """S18: a logical node that is blocked, in test or off is not commanded, except to change its mode.

    Commands in test are for 'test/blocked': there the device checks them and gives nothing to the process.
    """
    request = situation.request
    if request.point.variable.endswith(".Mod"):
        return ""
    for name in _governing(situation, situation.element, "Beh"):
        present = situation.image.read(name)
        if isinstance(present, Missing):
            sample = situation.image.raw(name)
            if sample is None or not _says_test(sample):
                return f"whether {name.location} executes commands is not known: {present.reason}"
            present = sample
        number = int(present.value) if isinstance(present.value, int) else 0
        if request.test and number == _TEST:
            return f"{name} is in test, where a device carries out what is commanded in test; set it to test/blocked"
        if number in _NOT_ON and not (request.test and number == _TEST_BLOCKED):
            return f"{name} is {_NOT_ON[number]}"
    return ""


def _says_test(sample: Sample) -> bool:
    """A node in test marks its own mode with the test bit, and with nothing else."""
    return sample.quality & int(VALUE_BITS) == int(Quality.TEST) and sample.value in (_TEST, _TEST_BLOCKED)


def _governing(situation: Standing, path: str, *data_objects: str) -> Iterator[PointName]:
    """Points of these data objects at a place and at everything above it."""
    while path:
        for name in situation.image.register.governing(path):
            if name.variable.rpartition(".")[2] in data_objects:
                yield name
        path = path.rpartition("/")[0]
