"""Looks on while a unit acts on a world, and notes whatever must never be (SAFETY S3, S7, S19, S21)."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from models.command import Action, Command
from models.network.elements import Network
from models.point import Dbpos, PointName
from sim_ied.world import World
from substation.control.request import is_automatic
from tests.virtual.field import WorldField


@dataclass(frozen=True, slots=True)
class Sent:
    """An operate that reached the field. time_ns: UTC."""

    time_ns: int
    name: PointName
    value: object
    by: str
    automatic: bool


class Witness:
    """`flaws` are lines for people; `sent` every operate in order."""

    def __init__(self, world: World, network: Network) -> None:
        self._world = world
        self._switches = {switch.id for switch in network.switches}
        self.flaws: list[str] = []
        self.sent: list[Sent] = []
        self._in_bay: dict[str, str] = {}
        self._seen = 0
        self._journal: sqlite3.Connection | None = None

    def follow(self, field: WorldField, data: Path) -> None:
        """A unit begins its life with this field and data folder."""
        self.forget()
        self._journal = sqlite3.connect(data / "control.sqlite")
        field.asked, field.answered = self._asked, self._answered

    def forget(self) -> None:
        """The unit's life ends."""
        self._in_bay.clear()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _asked(self, command: Command, name: PointName) -> None:
        text = f"{command.action.value} {name} = {command.value!r} by {command.originator.identity}"
        if not self._journalled(command, name):
            self.flaws.append(f"S21: {text} went out without an open intent in the journal")
        bay = name.location.rpartition("/")[0] if name.location in self._switches else name.location
        if bay in self._in_bay:
            self.flaws.append(f"S19: {text} while {self._in_bay[bay]} is in flight")
        self._in_bay[bay] = text
        if command.action is Action.OPERATE:
            who, automatic = command.originator.identity, is_automatic(command.originator)
            self.sent.append(Sent(self._world.now_ns, name, command.value, who, automatic))
        if not (command.interlock_check and command.synchro_check):
            self.flaws.append(f"S21: {text} without its check bits")

    def _answered(self, command: Command, name: PointName) -> None:
        bay = name.location.rpartition("/")[0] if name.location in self._switches else name.location
        self._in_bay.pop(bay, None)

    def _journalled(self, command: Command, name: PointName) -> bool:
        """The journal is read as another program would read it: only what is committed counts."""
        if self._journal is None:
            return False
        with contextlib.closing(self._journal.cursor()) as cursor:
            cursor.execute(
                "SELECT count(*) FROM intents WHERE number = ? AND point = ? AND action = ? AND ending IS NULL",
                (command.number, str(name), command.action.value),
            )
            return bool(cursor.fetchone()[0])

    def look(self) -> list[str]:
        """Also what physics has seen since the last look; all flaws so far."""
        transitions = self._world.history.transitions
        for at, line in enumerate(transitions[self._seen :], self._seen):
            if line.source == "topology":
                self._judge(at)
        self._seen = len(transitions)
        return self.flaws

    def _judge(self, at: int) -> None:
        """Whoever moved the switch before is answerable for what physics saw."""
        transitions = self._world.history.transitions
        moved = next((each for each in reversed(transitions[:at]) if each.source == "switchgear"), None)
        switch = "" if moved is None else moved.text.partition(": ")[0]
        last = next((each for each in reversed(self.sent) if each.name.location == switch), None)
        if moved is None or last is None or not moved.text.endswith("by command"):
            return
        if last.automatic or "fed twice" in transitions[at].text:  # a person may close onto a fault that nobody located
            self.flaws.append(f"{transitions[at].text}, after {moved.text} ({last.by})")

    def automatic(self, since_ns: int = 0) -> list[Sent]:
        """What automation has commanded."""
        return [each for each in self.sent if each.automatic and each.time_ns >= since_ns]

    def closings(self) -> list[str]:
        return [each.name.location for each in self.sent if each.value is Dbpos.ON]
