"""The types of ASDU that Ringmain speaks, one row each (IEC 60870-5-101 7.3, IEC 60870-5-104 6).

A type that is not in the table is reported by the controlling station and answered with cause 44 by the controlled one;
so are the types of IEC 101 alone (three-octet time tags, delay acquisition), which IEC 104 does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from protocols.iec104.application.cause import Cause


class Kind(Enum):
    """What an information object of the type holds."""

    SINGLE = "single-point information"
    DOUBLE = "double-point information"
    STEP = "step position"
    BITSTRING = "bit string of 32 bits"
    NORMALISED = "normalised value"
    SCALED = "scaled value"
    FLOAT = "short floating point"
    COUNTER = "integrated totals"
    SINGLE_COMMAND = "single command"
    DOUBLE_COMMAND = "double command"
    STEP_COMMAND = "regulating step command"
    NORMALISED_SETPOINT = "normalised set-point"
    SCALED_SETPOINT = "scaled set-point"
    FLOAT_SETPOINT = "short floating point set-point"
    BITSTRING_COMMAND = "bit string command"
    INITIALISED = "end of initialisation"
    INTERROGATION = "interrogation"
    COUNTER_INTERROGATION = "counter interrogation"
    READ = "read"
    CLOCK = "clock synchronisation"
    TEST = "test"

    @property
    def is_monitored(self) -> bool:
        return self in _MONITORED

    @property
    def is_command(self) -> bool:
        return self in _COMMANDS


_MONITORED = frozenset(list(Kind)[: list(Kind).index(Kind.COUNTER) + 1])
_COMMANDS = frozenset(list(Kind)[list(Kind).index(Kind.SINGLE_COMMAND) : list(Kind).index(Kind.INITIALISED)])

_GROUPS = frozenset(range(Cause.STATION, Cause.LAST_GROUP + 1))
_RETURNED = frozenset({Cause.RETURN_REMOTE, Cause.RETURN_LOCAL})
_SPORADIC = frozenset({Cause.SPONTANEOUS, Cause.REQUEST})
_INDICATION = _SPORADIC | _RETURNED | _GROUPS | {Cause.BACKGROUND}
_BITS = _SPORADIC | _GROUPS | {Cause.BACKGROUND}
_MEASURAND = _SPORADIC | _GROUPS | {Cause.BACKGROUND, Cause.PERIODIC}
_TOTALS = frozenset(range(Cause.COUNTERS, Cause.LAST_COUNTER_GROUP + 1)) | {Cause.SPONTANEOUS}
_ORDER = frozenset({Cause.ACTIVATION, Cause.DEACTIVATION})
_ACTIVATION = frozenset({Cause.ACTIVATION})
_NOTHING: frozenset[Cause] = frozenset()


@dataclass(frozen=True, slots=True)
class AsduType:
    """One row. monitored: causes in monitor direction (answers of commands excepted: they are mirrors of the request
    with causes 7, 9, 10 and 44-47); ordered: causes allowed in control direction, empty where the type has none.
    """

    number: int
    name: str
    kind: Kind
    tagged: bool
    monitored: frozenset[int]
    ordered: frozenset[int] = _NOTHING


def _row(number: int, name: str, kind: Kind, monitored: frozenset[int], ordered: frozenset[int] = _NOTHING) -> AsduType:
    tagged = kind is Kind.CLOCK or name.split("_")[2].startswith("T")  # TA ... TF carry CP56Time2a
    return AsduType(number, name, kind, tagged, monitored, ordered)


_ROWS = (
    _row(1, "M_SP_NA_1", Kind.SINGLE, _INDICATION),
    _row(3, "M_DP_NA_1", Kind.DOUBLE, _INDICATION),
    _row(5, "M_ST_NA_1", Kind.STEP, _INDICATION),
    _row(7, "M_BO_NA_1", Kind.BITSTRING, _BITS),
    _row(9, "M_ME_NA_1", Kind.NORMALISED, _MEASURAND),
    _row(11, "M_ME_NB_1", Kind.SCALED, _MEASURAND),
    _row(13, "M_ME_NC_1", Kind.FLOAT, _MEASURAND),
    _row(15, "M_IT_NA_1", Kind.COUNTER, _TOTALS),
    _row(30, "M_SP_TB_1", Kind.SINGLE, _SPORADIC | _RETURNED),
    _row(31, "M_DP_TB_1", Kind.DOUBLE, _SPORADIC | _RETURNED),
    _row(32, "M_ST_TB_1", Kind.STEP, _SPORADIC | _RETURNED),
    _row(33, "M_BO_TB_1", Kind.BITSTRING, _SPORADIC),
    _row(34, "M_ME_TD_1", Kind.NORMALISED, _SPORADIC),
    _row(35, "M_ME_TE_1", Kind.SCALED, _SPORADIC),
    _row(36, "M_ME_TF_1", Kind.FLOAT, _SPORADIC),
    _row(37, "M_IT_TB_1", Kind.COUNTER, _TOTALS),
    _row(45, "C_SC_NA_1", Kind.SINGLE_COMMAND, _NOTHING, _ORDER),
    _row(46, "C_DC_NA_1", Kind.DOUBLE_COMMAND, _NOTHING, _ORDER),
    _row(47, "C_RC_NA_1", Kind.STEP_COMMAND, _NOTHING, _ORDER),
    _row(48, "C_SE_NA_1", Kind.NORMALISED_SETPOINT, _NOTHING, _ORDER),
    _row(49, "C_SE_NB_1", Kind.SCALED_SETPOINT, _NOTHING, _ORDER),
    _row(50, "C_SE_NC_1", Kind.FLOAT_SETPOINT, _NOTHING, _ORDER),
    _row(51, "C_BO_NA_1", Kind.BITSTRING_COMMAND, _NOTHING, _ORDER),
    _row(58, "C_SC_TA_1", Kind.SINGLE_COMMAND, _NOTHING, _ORDER),
    _row(59, "C_DC_TA_1", Kind.DOUBLE_COMMAND, _NOTHING, _ORDER),
    _row(60, "C_RC_TA_1", Kind.STEP_COMMAND, _NOTHING, _ORDER),
    _row(61, "C_SE_TA_1", Kind.NORMALISED_SETPOINT, _NOTHING, _ORDER),
    _row(62, "C_SE_TB_1", Kind.SCALED_SETPOINT, _NOTHING, _ORDER),
    _row(63, "C_SE_TC_1", Kind.FLOAT_SETPOINT, _NOTHING, _ORDER),
    _row(64, "C_BO_TA_1", Kind.BITSTRING_COMMAND, _NOTHING, _ORDER),
    _row(70, "M_EI_NA_1", Kind.INITIALISED, frozenset({Cause.INITIALISED})),
    _row(100, "C_IC_NA_1", Kind.INTERROGATION, _NOTHING, _ORDER),
    _row(101, "C_CI_NA_1", Kind.COUNTER_INTERROGATION, _NOTHING, _ORDER),
    _row(102, "C_RD_NA_1", Kind.READ, _NOTHING, frozenset({Cause.REQUEST})),
    _row(103, "C_CS_NA_1", Kind.CLOCK, frozenset({Cause.SPONTANEOUS}), _ACTIVATION),
    _row(107, "C_TS_TA_1", Kind.TEST, _NOTHING, _ACTIVATION),
)

TYPES: dict[int, AsduType] = {row.number: row for row in _ROWS}

ONLY_101 = frozenset({2, 4, 6, 8, 10, 12, 14, 16, 17, 18, 19, 104, 106})
"""Types that IEC 101 has and IEC 104 has not: never sent."""

_PAIRS = {(row.kind, row.tagged): row.number for row in _ROWS}


def static_type(number: int) -> int:
    """The type without time tag of the same kind: what interrogations answer. KeyError for unknown types."""
    return _PAIRS[TYPES[number].kind, False]


def event_type(number: int) -> int:
    """The type with CP56Time2a of the same kind: what events are sent with. KeyError for unknown types."""
    return _PAIRS[TYPES[number].kind, True]


def type_name(number: int) -> str:
    """For reports: 'M_SP_NA_1', or 'type 200' where the table has none."""
    return TYPES[number].name if number in TYPES else f"type {number}"
