"""The types of ASDU, one row each (IEC 60870-5-101 7.2.1 and 7.3, IEC 60870-5-104 6 and 8).

TYPES is what IEC 104 has and Ringmain speaks. ONLY_101 (three-octet time tags, test without time, delay acquisition) is
never sent: the controlling station reads and reports it, the controlled one answers cause 44, as for any other number.
Sizes and quality mapping belong to the elements, which elements.py, orders.py and files.py hold per kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from protocols.iec104.application.cause import Cause


class Family(Enum):
    """Which record an information object becomes: Observation, Order, Service, Parameter or one of files.py."""

    MONITORED = "process information in monitor direction"
    COMMAND = "process information in control direction"
    SERVICE = "system information"
    PARAMETER = "parameters in control direction"
    FILE = "file transfer"


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
    PACKED_STATUS = "packed single-point information with change detection"
    PLAIN_NORMALISED = "normalised value without quality"
    PROTECTION_EVENT = "event of protection equipment"
    START_EVENTS = "packed start events of protection equipment"
    OUTPUT_CIRCUIT = "packed output circuit information of protection equipment"
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
    RESET = "reset process"
    DELAY = "delay acquisition"
    PARAMETER_NORMALISED = "parameter of a measured value, normalised"
    PARAMETER_SCALED = "parameter of a measured value, scaled"
    PARAMETER_FLOAT = "parameter of a measured value, short floating point"
    PARAMETER_ACTIVATION = "parameter activation"
    FILE_READY = "file ready"
    SECTION_READY = "section ready"
    CALL_FILE = "call directory, select file, call file, call section"
    LAST_SECTION = "last section, last segment"
    ACK_FILE = "acknowledge file, acknowledge section"
    SEGMENT = "segment"
    DIRECTORY = "directory"
    QUERY_LOG = "query log: request archive file"

    @property
    def family(self) -> Family:
        return _FAMILIES[self]

    @property
    def is_monitored(self) -> bool:
        return self in _MONITORED

    @property
    def is_command(self) -> bool:
        return self in _COMMANDS

    @property
    def is_file(self) -> bool:
        return _FAMILIES[self] is Family.FILE


_FIRST_OF = {
    Kind.SINGLE: Family.MONITORED,
    Kind.SINGLE_COMMAND: Family.COMMAND,
    Kind.INITIALISED: Family.SERVICE,
    Kind.PARAMETER_NORMALISED: Family.PARAMETER,
    Kind.FILE_READY: Family.FILE,
}


def _families() -> dict[Kind, Family]:
    found, family = {}, Family.MONITORED
    for kind in Kind:
        family = _FIRST_OF.get(kind, family)
        found[kind] = family
    return found


_FAMILIES = _families()
_MONITORED = frozenset(kind for kind in Kind if _FAMILIES[kind] is Family.MONITORED)
_COMMANDS = frozenset(kind for kind in Kind if _FAMILIES[kind] is Family.COMMAND)


class Tag(Enum):
    """The time tag behind the element: its octets as struct codes (milliseconds, then the rest)."""

    NONE = ""
    CP24 = "HB"  # minutes of the hour and milliseconds: IEC 101 alone
    CP56 = "H5s"


_GROUPS = frozenset(range(Cause.STATION, Cause.LAST_GROUP + 1))
_RETURNED = frozenset({Cause.RETURN_REMOTE, Cause.RETURN_LOCAL})
_SPONTANEOUS = frozenset({Cause.SPONTANEOUS})
_SPORADIC = frozenset({Cause.SPONTANEOUS, Cause.REQUEST})
_INDICATION = _SPORADIC | _RETURNED | _GROUPS | {Cause.BACKGROUND}
_BITS = _SPORADIC | _GROUPS | {Cause.BACKGROUND}
_MEASURAND = _SPORADIC | _GROUPS | {Cause.BACKGROUND, Cause.PERIODIC}
_TOTALS = frozenset(range(Cause.COUNTERS, Cause.LAST_COUNTER_GROUP + 1)) | _SPONTANEOUS
_ORDER = frozenset({Cause.ACTIVATION, Cause.DEACTIVATION})
_ACTIVATION = frozenset({Cause.ACTIVATION})
_REQUEST = frozenset({Cause.REQUEST})
_FILE = frozenset({Cause.FILE_TRANSFER})
_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AsduType:
    """One row. elements: the information elements by their names in IEC 60870-5-101, time tag excepted.

    monitored: causes in monitor direction (answers excepted: they are mirrors of the request with causes 7, 9, 10 and
    44-47); ordered: causes allowed in control direction, empty where the type has none.
    """

    number: int
    name: str
    kind: Kind
    elements: str
    tag: Tag
    monitored: frozenset[int]
    ordered: frozenset[int] = _NOTHING

    @property
    def tagged(self) -> bool:
        """Carries CP56Time2a."""
        return self.tag is Tag.CP56


_N, _T = Tag.NONE, Tag.CP56

_ROWS = (
    AsduType(1, "M_SP_NA_1", Kind.SINGLE, "SIQ", _N, _INDICATION),
    AsduType(3, "M_DP_NA_1", Kind.DOUBLE, "DIQ", _N, _INDICATION),
    AsduType(5, "M_ST_NA_1", Kind.STEP, "VTI QDS", _N, _INDICATION),
    AsduType(7, "M_BO_NA_1", Kind.BITSTRING, "BSI QDS", _N, _BITS),
    AsduType(9, "M_ME_NA_1", Kind.NORMALISED, "NVA QDS", _N, _MEASURAND),
    AsduType(11, "M_ME_NB_1", Kind.SCALED, "SVA QDS", _N, _MEASURAND),
    AsduType(13, "M_ME_NC_1", Kind.FLOAT, "R32 QDS", _N, _MEASURAND),
    AsduType(15, "M_IT_NA_1", Kind.COUNTER, "BCR", _N, _TOTALS),
    AsduType(20, "M_PS_NA_1", Kind.PACKED_STATUS, "SCD QDS", _N, _INDICATION),
    AsduType(21, "M_ME_ND_1", Kind.PLAIN_NORMALISED, "NVA", _N, _MEASURAND),
    AsduType(30, "M_SP_TB_1", Kind.SINGLE, "SIQ", _T, _SPORADIC | _RETURNED),
    AsduType(31, "M_DP_TB_1", Kind.DOUBLE, "DIQ", _T, _SPORADIC | _RETURNED),
    AsduType(32, "M_ST_TB_1", Kind.STEP, "VTI QDS", _T, _SPORADIC | _RETURNED),
    AsduType(33, "M_BO_TB_1", Kind.BITSTRING, "BSI QDS", _T, _SPORADIC),
    AsduType(34, "M_ME_TD_1", Kind.NORMALISED, "NVA QDS", _T, _SPORADIC),
    AsduType(35, "M_ME_TE_1", Kind.SCALED, "SVA QDS", _T, _SPORADIC),
    AsduType(36, "M_ME_TF_1", Kind.FLOAT, "R32 QDS", _T, _SPORADIC),
    AsduType(37, "M_IT_TB_1", Kind.COUNTER, "BCR", _T, _TOTALS),
    AsduType(38, "M_EP_TD_1", Kind.PROTECTION_EVENT, "SEP CP16Time2a", _T, _SPONTANEOUS),
    AsduType(39, "M_EP_TE_1", Kind.START_EVENTS, "SPE QDP CP16Time2a", _T, _SPONTANEOUS),
    AsduType(40, "M_EP_TF_1", Kind.OUTPUT_CIRCUIT, "OCI QDP CP16Time2a", _T, _SPONTANEOUS),
    AsduType(45, "C_SC_NA_1", Kind.SINGLE_COMMAND, "SCO", _N, _NOTHING, _ORDER),
    AsduType(46, "C_DC_NA_1", Kind.DOUBLE_COMMAND, "DCO", _N, _NOTHING, _ORDER),
    AsduType(47, "C_RC_NA_1", Kind.STEP_COMMAND, "RCO", _N, _NOTHING, _ORDER),
    AsduType(48, "C_SE_NA_1", Kind.NORMALISED_SETPOINT, "NVA QOS", _N, _NOTHING, _ORDER),
    AsduType(49, "C_SE_NB_1", Kind.SCALED_SETPOINT, "SVA QOS", _N, _NOTHING, _ORDER),
    AsduType(50, "C_SE_NC_1", Kind.FLOAT_SETPOINT, "R32 QOS", _N, _NOTHING, _ORDER),
    AsduType(51, "C_BO_NA_1", Kind.BITSTRING_COMMAND, "BSI", _N, _NOTHING, _ORDER),
    AsduType(58, "C_SC_TA_1", Kind.SINGLE_COMMAND, "SCO", _T, _NOTHING, _ORDER),
    AsduType(59, "C_DC_TA_1", Kind.DOUBLE_COMMAND, "DCO", _T, _NOTHING, _ORDER),
    AsduType(60, "C_RC_TA_1", Kind.STEP_COMMAND, "RCO", _T, _NOTHING, _ORDER),
    AsduType(61, "C_SE_TA_1", Kind.NORMALISED_SETPOINT, "NVA QOS", _T, _NOTHING, _ORDER),
    AsduType(62, "C_SE_TB_1", Kind.SCALED_SETPOINT, "SVA QOS", _T, _NOTHING, _ORDER),
    AsduType(63, "C_SE_TC_1", Kind.FLOAT_SETPOINT, "R32 QOS", _T, _NOTHING, _ORDER),
    AsduType(64, "C_BO_TA_1", Kind.BITSTRING_COMMAND, "BSI", _T, _NOTHING, _ORDER),
    AsduType(70, "M_EI_NA_1", Kind.INITIALISED, "COI", _N, frozenset({Cause.INITIALISED})),
    AsduType(100, "C_IC_NA_1", Kind.INTERROGATION, "QOI", _N, _NOTHING, _ORDER),
    AsduType(101, "C_CI_NA_1", Kind.COUNTER_INTERROGATION, "QCC", _N, _NOTHING, _ORDER),
    AsduType(102, "C_RD_NA_1", Kind.READ, "", _N, _NOTHING, _REQUEST),
    AsduType(103, "C_CS_NA_1", Kind.CLOCK, "", _T, _SPONTANEOUS, _ACTIVATION),
    AsduType(105, "C_RP_NA_1", Kind.RESET, "QRP", _N, _NOTHING, _ACTIVATION),
    AsduType(107, "C_TS_TA_1", Kind.TEST, "TSC", _T, _NOTHING, _ACTIVATION),
    AsduType(110, "P_ME_NA_1", Kind.PARAMETER_NORMALISED, "NVA QPM", _N, _GROUPS, _ACTIVATION),
    AsduType(111, "P_ME_NB_1", Kind.PARAMETER_SCALED, "SVA QPM", _N, _GROUPS, _ACTIVATION),
    AsduType(112, "P_ME_NC_1", Kind.PARAMETER_FLOAT, "R32 QPM", _N, _GROUPS, _ACTIVATION),
    AsduType(113, "P_AC_NA_1", Kind.PARAMETER_ACTIVATION, "QPA", _N, _NOTHING, _ORDER),
    AsduType(120, "F_FR_NA_1", Kind.FILE_READY, "NOF LOF FRQ", _N, _FILE, _FILE),
    AsduType(121, "F_SR_NA_1", Kind.SECTION_READY, "NOF NOS LOF SRQ", _N, _FILE, _FILE),
    AsduType(122, "F_SC_NA_1", Kind.CALL_FILE, "NOF NOS SCQ", _N, _FILE, _FILE | _REQUEST),
    AsduType(123, "F_LS_NA_1", Kind.LAST_SECTION, "NOF NOS LSQ CHS", _N, _FILE, _FILE),
    AsduType(124, "F_AF_NA_1", Kind.ACK_FILE, "NOF NOS AFQ", _N, _FILE, _FILE),
    AsduType(125, "F_SG_NA_1", Kind.SEGMENT, "NOF NOS LOS segment", _N, _FILE, _FILE),
    AsduType(126, "F_DR_TA_1", Kind.DIRECTORY, "NOF LOF SOF CP56Time2a", _N, _SPORADIC),
    AsduType(127, "F_SC_NB_1", Kind.QUERY_LOG, "NOF CP56Time2a CP56Time2a", _N, _NOTHING, _FILE | _REQUEST),
)

_S = Tag.CP24

_ROWS_101 = (
    AsduType(2, "M_SP_TA_1", Kind.SINGLE, "SIQ", _S, _SPORADIC | _RETURNED),
    AsduType(4, "M_DP_TA_1", Kind.DOUBLE, "DIQ", _S, _SPORADIC | _RETURNED),
    AsduType(6, "M_ST_TA_1", Kind.STEP, "VTI QDS", _S, _SPORADIC | _RETURNED),
    AsduType(8, "M_BO_TA_1", Kind.BITSTRING, "BSI QDS", _S, _SPORADIC),
    AsduType(10, "M_ME_TA_1", Kind.NORMALISED, "NVA QDS", _S, _SPORADIC),
    AsduType(12, "M_ME_TB_1", Kind.SCALED, "SVA QDS", _S, _SPORADIC),
    AsduType(14, "M_ME_TC_1", Kind.FLOAT, "R32 QDS", _S, _SPORADIC),
    AsduType(16, "M_IT_TA_1", Kind.COUNTER, "BCR", _S, _TOTALS),
    AsduType(17, "M_EP_TA_1", Kind.PROTECTION_EVENT, "SEP CP16Time2a", _S, _SPONTANEOUS),
    AsduType(18, "M_EP_TB_1", Kind.START_EVENTS, "SPE QDP CP16Time2a", _S, _SPONTANEOUS),
    AsduType(19, "M_EP_TC_1", Kind.OUTPUT_CIRCUIT, "OCI QDP CP16Time2a", _S, _SPONTANEOUS),
    AsduType(104, "C_TS_NA_1", Kind.TEST, "FBP", _N, _NOTHING, _ACTIVATION),
    AsduType(106, "C_CD_NA_1", Kind.DELAY, "CP16Time2a", _N, _NOTHING, _ACTIVATION | _SPONTANEOUS),
)

TYPES: dict[int, AsduType] = {row.number: row for row in _ROWS}
"""What IEC 104 has."""

ONLY_101: dict[int, AsduType] = {row.number: row for row in _ROWS_101}
"""What IEC 101 has and IEC 104 has not: read, never sent."""

KNOWN: dict[int, AsduType] = TYPES | ONLY_101
"""Everything that can be read."""

_PAIRS = {(row.kind, row.tagged): row.number for row in _ROWS}


def static_type(number: int) -> int:
    """The type without time tag of the same kind: what interrogations answer. KeyError for types that IEC 104 has not.

    Events of protection equipment have none: their own type is returned, which no interrogation answers.
    """
    kind = TYPES[number].kind
    return _PAIRS.get((kind, False), number)


def event_type(number: int) -> int:
    """The type with CP56Time2a of the same kind: what events are sent with. KeyError for types that IEC 104 has not.

    Packed status and normalised values without quality have none: their own type is returned, without time.
    """
    kind = TYPES[number].kind
    return _PAIRS.get((kind, True), number)


def type_name(number: int) -> str:
    """For reports: 'M_SP_NA_1', or 'type 200' where the tables have none."""
    return KNOWN[number].name if number in KNOWN else f"type {number}"
