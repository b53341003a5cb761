"""Every AddCause of IEC 61850-7-2 in plain words: what the device means by it, and what a person can do."""

from __future__ import annotations

from typing import NamedTuple

from models.command import AddCause


class CauseText(NamedTuple):
    """name: as people say it. meaning: one clause. remedy: what to do next, '' where nothing is to be done."""

    name: str
    meaning: str
    remedy: str


_HAS_MOVED = "read the position before anything else"

CAUSES: dict[AddCause, CauseText] = {
    AddCause.UNKNOWN: CauseText("cause unknown", "the device gives no cause", "look at the device's own event list"),
    AddCause.NOT_SUPPORTED: CauseText(
        "not supported", "the device does not know this service or value", "compare its ctlModel with the SCL"
    ),
    AddCause.BLOCKED_BY_SWITCHING_HIERARCHY: CauseText(
        "blocked by switching hierarchy",
        "somebody else has control (Loc, LocKey or LocSta)",
        "have control handed over at the device, the bay or the station",
    ),
    AddCause.SELECT_FAILED: CauseText(
        "select failed", "the device could not select the object", "wait for another selection to end, then select"
    ),
    AddCause.INVALID_POSITION: CauseText(
        "invalid position", "the position is intermediate or contradictory", "find out on site where the switch stands"
    ),
    AddCause.POSITION_REACHED: CauseText("position reached", "it already is where it was to go", ""),
    AddCause.PARAMETER_CHANGE_IN_EXECUTION: CauseText(
        "parameter change in execution", "settings of the device are being changed", "wait until that has ended"
    ),
    AddCause.STEP_LIMIT: CauseText("step limit", "the tap changer stands at its end position", ""),
    AddCause.BLOCKED_BY_MODE: CauseText(
        "blocked by mode",
        "the function is blocked, in test or off (Mod, Beh), or regulates by itself",
        "have its mode set to 'on', or take it out of automatic",
    ),
    AddCause.BLOCKED_BY_PROCESS: CauseText(
        "blocked by process",
        "the state of the plant forbids it (EEHealth, gas, drive, current)",
        "look at the alarms of the equipment",
    ),
    AddCause.BLOCKED_BY_INTERLOCKING: CauseText(
        "blocked by interlocking", "the interlocking forbids it", "look at the positions around it and at CILO"
    ),
    AddCause.BLOCKED_BY_SYNCHROCHECK: CauseText(
        "blocked by synchrocheck",
        "voltage, angle or frequency across the switch differ too much",
        "look at RSYN; bring both sides together, or make the target dead",
    ),
    AddCause.COMMAND_ALREADY_IN_EXECUTION: CauseText(
        "command already in execution", "another command to it has not ended", "wait for its end"
    ),
    AddCause.BLOCKED_BY_HEALTH: CauseText(
        "blocked by health", "the equipment or the device reports a fault", "look at Health and EEHealth"
    ),
    AddCause.ONE_OF_N_CONTROL: CauseText(
        "1-of-n control", "the device executes one command at a time", "wait for the other command's end"
    ),
    AddCause.ABORTION_BY_CANCEL: CauseText("aborted by cancel", "the command was cancelled", _HAS_MOVED),
    AddCause.TIME_LIMIT_OVER: CauseText(
        "time limit over", "the switch did not arrive, or an answer did not come, in time", _HAS_MOVED
    ),
    AddCause.ABORTION_BY_TRIP: CauseText(
        "aborted by trip", "protection tripped while the command ran", "look at the protection before any close"
    ),
    AddCause.OBJECT_NOT_SELECTED: CauseText(
        "object not selected", "there is no selection, or it has expired", "select again"
    ),
    AddCause.OBJECT_ALREADY_SELECTED: CauseText(
        "object already selected", "another selection of it is open", "wait until it ends or expires"
    ),
    AddCause.NO_ACCESS_AUTHORITY: CauseText(
        "no access authority", "this side may not command it", "have the right granted, in the device or here"
    ),
    AddCause.ENDED_WITH_OVERSHOOT: CauseText(
        "ended with overshoot", "it went beyond the commanded value", "read the value, then set it anew"
    ),
    AddCause.ABORTION_DUE_TO_DEVIATION: CauseText(
        "aborted by deviation", "command and feedback have drifted apart", _HAS_MOVED
    ),
    AddCause.ABORTION_BY_COMMUNICATION_LOSS: CauseText(
        "aborted by communication loss", "the link to what executes it was lost", _HAS_MOVED
    ),
    AddCause.BLOCKED_BY_COMMAND: CauseText(
        "blocked by command", "a blocking command is in force (CmdBlk), or an earlier one has no outcome", "release it"
    ),
    AddCause.NONE: CauseText("no cause", "the command went well", ""),
    AddCause.INCONSISTENT_PARAMETERS: CauseText(
        "inconsistent parameters",
        "value, originator, number or checks do not fit the object or its selection",
        "cancel, and select again with what is wanted",
    ),
    AddCause.LOCKED_BY_OTHER_CLIENT: CauseText(
        "locked by another client", "somebody else has selected or reserved it", "ask who holds it, and wait"
    ),
}
"""Complete: a test looks."""


def name_of(cause: AddCause) -> str:
    """As people say it: 'blocked by interlocking'."""
    return CAUSES[cause].name


def in_words(cause: AddCause) -> str:
    """Name, meaning and remedy in one clause, for results and the event list."""
    text = CAUSES[cause]
    remedy = f"; {text.remedy}" if text.remedy else ""
    return f"{text.name} ({text.meaning}{remedy})"
