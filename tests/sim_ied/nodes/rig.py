"""Devices of one file with their process, a log of what they show, and hands to command and disturb them."""

from __future__ import annotations

from models.command import CommandResult, Originator, OriginatorCategory
from models.point import Value
from models.scl.elements import Scl
from sim_ied.nodes.change import Argument, AttributeChange, Completion, ControlRequest
from sim_ied.nodes.device import Device
from sim_ied.nodes.primary import Primary
from sim_ied.nodes.steering import steer
from tests.sim_ied.nodes.bay_file import bay_file

REMOTE = Originator(OriginatorCategory.REMOTE_CONTROL, "test")


class Rig:
    """now_s: seconds since the start. shown: the last change of every attribute."""

    def __init__(self, scl: Scl | None = None, seed: int = 1, settings: dict[str, str] | None = None) -> None:
        self.scl = scl or bay_file(settings)
        self.primary = Primary.of(self.scl, 0, seed=seed)
        self.devices = {ied.name: Device(ied, self.scl.templates, self.primary, 0) for ied in self.scl.ieds}
        self.now_ns = 0
        self.log: list[AttributeChange] = []
        self.ended: list[Completion] = []
        self.shown: dict[str, AttributeChange] = {}
        for device in self.devices.values():
            self._keep(device.start())

    def run(self, seconds: float) -> None:
        """In steps that the devices ask for, as a host does."""
        end_ns = self.now_ns + round(seconds * 1e9)
        while True:
            due = [each for device in self.devices.values() if (each := device.due_ns) is not None]
            self.now_ns = min(end_ns, max(self.now_ns, min(due, default=end_ns)))
            self._collect()
            if self.now_ns == end_ns and all(
                (device.due_ns or end_ns + 1) > end_ns for device in self.devices.values()
            ):
                return

    def command(self, reference: str, value: Value, **options: bool) -> CommandResult:
        control = ControlRequest(reference, value, REMOTE, **options)
        result = self._device(reference).operate(control, self.now_ns)
        self._collect()
        return result

    def disturb(self, kind: str, target: str, argument: Argument = None) -> None:
        steer(self.primary, self.devices.values(), kind, target, argument, self.now_ns)
        self._collect()

    def write(self, reference: str, value: Value) -> CommandResult:
        return self._device(reference).write(reference, value, self.now_ns)

    def value(self, reference: str) -> Value:
        return self.shown[reference].value

    def values_of(self, reference: str) -> list[Value]:
        """All that was shown of an attribute, in order."""
        return [each.value for each in self.log if each.reference == reference]

    def time_s(self, reference: str, value: Value) -> float:
        """When an attribute first became that."""
        found = next(each for each in self.log if each.reference == reference and each.value == value and each.time_ns)
        return found.time_ns / 1e9

    def _device(self, reference: str) -> Device:
        return next(device for name, device in self.devices.items() if reference.startswith(f"{name}LD0/"))

    def _collect(self) -> None:
        for device in self.devices.values():
            self._keep(device.advance(self.now_ns))
            self.ended += device.take_completions()

    def _keep(self, changes: list[AttributeChange]) -> None:
        self.log += changes
        self.shown.update({each.reference: each for each in changes})
