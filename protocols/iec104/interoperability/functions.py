"""Basic application functions of the interoperability list, as the trials of both roles show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from models.command import Action
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import KNOWN
from protocols.iec104.controlled_station.commands.control import SELECT_FIRST, Phase
from protocols.iec104.controlled_station.service_settings import CounterSettings
from protocols.iec104.controlled_station.services.reset import GENERAL_RESET
from protocols.iec104.interoperability.controlled_trial import Controlled
from protocols.iec104.interoperability.controlling_trial import Controlling
from protocols.iec104.interoperability.row import Row


def functions(station: Controlled, centre: Controlling) -> Iterator[Row]:
    yield from _initialisation(station, centre)
    yield from _acquisition(station, centre)
    yield Row("Station interrogation", "global", 20 in station.interrogations, 100 in centre.sent)
    for group in range(1, 17):
        yield Row(
            "Station interrogation", f"group {group}", 20 + group in station.interrogations, False, subject="groups"
        )
    yield Row(
        "Clock synchronisation", "clock synchronisation", 103 in station.taken, 103 in centre.sent, subject="clock"
    )
    yield from _commands(station, centre)
    yield from _totals(station, centre)
    yield from _loading(station, centre)
    yield Row("Test procedure", "test with time tag", 107 in station.taken, 107 in centre.sent)
    yield from _files(station, centre)
    yield Row("Acquisition of transmission delay", "acquisition of transmission delay", 106 in station.taken, False)


def _initialisation(station: Controlled, centre: Controlling) -> Iterator[Row]:
    section, resets = "Station initialisation", GENERAL_RESET in station.resets
    yield Row(section, "remote initialisation", resets, 105 in centre.sent, subject="reset")
    yield Row(section, "end of initialisation", 70 in station.sent, 70 in centre.read)


def _acquisition(station: Controlled, centre: Controlling) -> Iterator[Row]:
    section, cyclic, background = "Data acquisition", Cause.PERIODIC, Cause.BACKGROUND
    yield Row(section, "cyclic data transmission", *_causes(station, centre, cyclic), subject="periodic")
    yield Row(section, "background scan", *_causes(station, centre, background), subject="background")
    yield Row(section, "read procedure", 102 in station.taken, 102 in centre.sent)
    yield Row(section, "spontaneous transmission", *_causes(station, centre, Cause.SPONTANEOUS))
    yield Row(section, "double transmission of information objects", False, True, "only tagged events are sent")


def _files(station: Controlled, centre: Controlling) -> Iterator[Row]:
    """The name of file (NOF 1 to 4) says what kind it is; records go out under any name that is configured."""
    section, sent, fetched = "File transfer", 125 in station.sent, 124 in centre.sent
    yield Row(section, "files in monitor direction", sent, fetched, subject="files")
    yield Row(section, "transparent file (NOF 1)", sent, fetched, "disturbance records, unless configured otherwise")
    yield Row(section, "disturbance data of protection equipment (NOF 2)", sent, fetched, "by name_of_file = 2")
    yield Row(section, "sequences of events (NOF 3)", False, fetched, "stored as it is")
    yield Row(section, "sequences of recorded analogue values (NOF 4)", False, fetched, "stored as it is")
    yield Row(section, "files in control direction", 125 in station.taken, 125 in centre.sent)


def _causes(station: Controlled, centre: Controlling, cause: Cause) -> tuple[bool, bool]:
    """Whether anything of that cause is sent, and read."""
    return (
        any(cause in causes for causes in station.sent.values()),
        any(cause in KNOWN[number].monitored for number in centre.read),
    )


_PULSES = {0: "no additional definition", 1: "short pulse", 2: "long pulse", 3: "persistent output"}


def _commands(station: Controlled, centre: Controlling) -> Iterator[Row]:
    section = "Command transmission"
    switching = any(number in station.taken for number in (45, 46, 47))
    points = any(number in station.taken for number in (48, 49, 50))
    yield Row(section, "direct command transmission", switching, 45 in centre.sent)
    yield Row(section, "direct set-point command transmission", points, 50 in centre.sent)
    selects = (Phase.IDLE, Action.SELECT) in SELECT_FIRST
    yield Row(section, "select and execute command", switching and selects, 45 in centre.sent)
    yield Row(section, "select and execute set-point command", points and selects, 50 in centre.sent)
    yield Row(section, "activation termination is sent (C_SE ACTTERM used)", station.terminates, True)
    for number, text in _PULSES.items():
        yield Row(section, f"QU {number}: {text}", all(number in each for each in station.pulses.values()), True)
    tagged = 58 in station.taken
    yield Row(section, "supervision of maximum delay of commands", tagged, 58 in centre.sent, subject="command_window")


_FREEZES = {0: "read", 1: "freeze without reset", 2: "freeze with reset", 3: "reset"}


def _totals(station: Controlled, centre: Controlling) -> Iterator[Row]:
    section = "Transmission of integrated totals"
    asked, frozen = 101 in centre.sent, bool(station.freezes & {1, 2})
    local = any(field.name == "freeze_period_s" for field in fields(CounterSettings))
    yield Row(section, "mode A: local freeze with spontaneous transmission", local, True, subject="mode A")
    yield Row(section, "mode B: local freeze with counter interrogation", local, asked, subject="mode B")
    yield Row(section, "mode C: freeze and transmit by counter interrogation", frozen, asked, subject="mode C")
    yield Row(section, "mode D: freeze by counter interrogation, spontaneous", frozen, asked, subject="mode D")
    for number, text in _FREEZES.items():
        yield Row(section, f"counter {text}", number in station.freezes, asked and number < 3)
    yield Row(section, "general request of counters", 5 in station.counters, asked)
    for group in range(1, 5):
        yield Row(
            section, f"request of counter group {group}", group in station.counters, False, subject="counter groups"
        )


def _loading(station: Controlled, centre: Controlling) -> Iterator[Row]:
    section = "Parameter loading and activation"
    loads = any(number in station.taken for number in (110, 111, 112))
    for text in ("threshold value", "smoothing factor", "low limit", "high limit"):
        yield Row(section, text, loads, any(number in centre.sent for number in (110, 111, 112)), subject="parameters")
    text = "activation and deactivation of cyclic transmission"
    yield Row(section, text, 113 in station.taken, 113 in centre.sent, subject="parameters")
