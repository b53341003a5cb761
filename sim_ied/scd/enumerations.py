"""Enumerations of IEC 61850-7-3 and 7-4 that our logical nodes use: id to the names and numbers of their values."""

from __future__ import annotations

ENUMERATIONS: dict[str, dict[str, int]] = {
    "BehaviourModeKind": {"on": 1, "blocked": 2, "test": 3, "test/blocked": 4, "off": 5},
    "HealthKind": {"Ok": 1, "Warning": 2, "Alarm": 3},
    "CtlModelKind": {
        "status-only": 0,
        "direct-with-normal-security": 1,
        "sbo-with-normal-security": 2,
        "direct-with-enhanced-security": 3,
        "sbo-with-enhanced-security": 4,
    },
    "SboClassKind": {"operate-once": 0, "operate-many": 1},
    "OriginatorCategoryKind": {
        "not-supported": 0,
        "bay-control": 1,
        "station-control": 2,
        "remote-control": 3,
        "automatic-bay": 4,
        "automatic-station": 5,
        "automatic-remote": 6,
        "maintenance": 7,
        "process": 8,
    },
    "BreakerOpCapabilityKind": {
        "None": 1,
        "Open": 2,
        "Close-Open": 3,
        "Open-Close-Open": 4,
        "Close-Open-Close-Open": 5,
        "Open-Close-Open-Close-Open": 6,
        "more": 7,
    },
    "SwitchFunctionKind": {"Load Break": 1, "Disconnector": 2, "Earthing Switch": 3, "High Speed Earthing Switch": 4},
    "AutoReclosingKind": {
        "Ready": 1,
        "InProgress": 2,
        "Successful": 3,
        "WaitingForTrip": 4,
        "TripFromProtection": 5,
        "FaultDisappeared": 6,
        "WaitToComplete": 7,
        "CBclosed": 8,
        "CycleUnsuccessful": 9,
        "Unsuccessful": 10,
        "Aborted": 11,
        "NotReady": 12,
    },
    "FaultDirectionKind": {"unknown": 0, "forward": 1, "backward": 2, "both": 3},
    "SIUnitKind": {"": 1, "m": 2, "A": 5, "V": 29, "Ohm": 30, "Hz": 33, "W": 38, "VAr": 63, "Wh": 72},
    "MultiplierKind": {"": 0, "k": 3},
}
