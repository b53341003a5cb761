"""Behaviour of a logical node of any class: it holds its values, and a command to it is done at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from models.command import AddCause
from models.point import Value
from models.scl.elements import LogicalNodeKey
from sim_ied.nodes.change import Argument, ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import HEALTH
from sim_ied.nodes.signals import Signals, fits

Refusal = tuple[AddCause, str]
"""Why a command is not carried out, as cause and in words."""

_SELECTORS = {"local": True, "remote": False}
_SELECTOR = ("Loc", "LocKey")
"""Kinds of disturbances that turn the selector, and the data objects that show it."""


class Behaviour:
    """Base of all, and that of every class which has none of its own: such a node holds what it is given.

    acts: whether the class has a behaviour of its own; `help`: what it does, in a few words.
    """

    acts: ClassVar[bool] = False
    help: ClassVar[str] = "holds its values; a command is its own feedback"

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def key(self) -> LogicalNodeKey:
        return self.context.key

    @property
    def signals(self) -> Signals:
        return self.context.signals

    def connect(self) -> None:
        """All nodes exist: find those that this one works with."""

    def start(self, now_ns: int) -> None:
        """Show the state of the beginning."""

    def command_path(self) -> Sequence[Behaviour]:
        """Nodes beyond this one through which its commands go: their selector (Loc) counts as well."""
        return ()

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        """Whether a command to a data object would be carried out now."""
        return None

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        """Carry out an accepted command; its end is told with `context.end`, sooner or later."""
        if not self.context.mode.blocked:
            self.echo(path, control, now_ns)
        self.context.end(path, now_ns)

    def echo(self, path: str, control: ControlRequest, now_ns: int) -> None:
        """The command's value is the new state; a step is one up or down."""
        if self.signals.layout.classes.get(path) == "BSC":
            self.signals.show(path, int(self.signals.number(path, 0)) + control.step, now_ns)
            return
        slot = self.signals.layout.find(path)
        if slot is not None and fits(control.value, slot):
            self.signals.show(path, control.value, now_ns)

    def settings_changed(self, now_ns: int) -> None:
        """A setting was written, or another group of settings is active."""

    def mode_changed(self, now_ns: int) -> None:
        """The node's Beh has changed."""

    def health_changed(self, now_ns: int) -> None:
        """The health of some node of the device may have changed."""

    def force(self, path: str, value: Value | None, now_ns: int) -> bool:
        """The simulation sets a value ('value'); None leaves it to the node again. False for what it does not have."""
        slot = self.signals.layout.find(path)
        if slot is None or slot.is_setting or (value is not None and not fits(value, slot)):
            return False
        if value is not None:
            self.signals.show(path, value, now_ns)
        return True

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """Something happens to this node. False for what means nothing to it."""
        if kind == "health" and isinstance(argument, str) and argument in HEALTH:
            for each in ("Health", "EEHealth"):
                self.signals.show_literal(each, argument, HEALTH, now_ns)
            return self.signals.has("Health") or self.signals.has("EEHealth")
        if kind in _SELECTORS:
            for each in _SELECTOR:
                self.signals.show(each, _SELECTORS[kind], now_ns)
            return any(self.signals.has(each) for each in _SELECTOR)
        return False
