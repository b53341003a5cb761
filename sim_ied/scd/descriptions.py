"""What the data objects of our logical nodes are, in words: `desc` of the templates and in control centres' lists."""

from __future__ import annotations

DESCRIPTIONS: dict[tuple[str, str], str] = {
    ("LLN0", "Loc"): "local control",
    ("CSWI", "Pos"): "switch position",
    ("XCBR", "EEHealth"): "health of the circuit-breaker",
    ("XCBR", "CBOpCap"): "operating capability of the circuit-breaker",
    ("XCBR", "Loc"): "local control at the circuit-breaker",
    ("CILO", "EnaOpn"): "interlocking: opening released",
    ("CILO", "EnaCls"): "interlocking: closing released",
    ("MMXU", "TotW"): "active power",
    ("MMXU", "TotVAr"): "reactive power",
    ("MMXU", "Hz"): "frequency",
    ("MMXU", "PPV"): "voltage, phase to phase",
    ("MMXU", "A"): "current",
    ("MMTR", "DmdWh"): "energy drawn",
    ("MMTR", "SupWh"): "energy fed back",
    ("PTOC", "Str"): "overcurrent protection started",
    ("PTOC", "Op"): "overcurrent protection operated",
    ("PTRC", "Tr"): "protection trip",
    ("RREC", "BlkRec"): "automatic reclosing blocked",
    ("RREC", "AutoRecSt"): "state of automatic reclosing",
    ("SFPI", "FwdFlt"): "fault passed, forward",
    ("SFPI", "RvFlt"): "fault passed, reverse",
    ("YLTC", "TapPos"): "tap position",
    ("YLTC", "TapChg"): "tap position, stepped",
    ("YLTC", "EndPosR"): "highest tap position reached",
    ("YLTC", "EndPosL"): "lowest tap position reached",
    ("ATCC", "Auto"): "automatic tap control",
    ("ATCC", "LTCBlk"): "tap changer blocked",
    ("DWMX", "WLimSpt"): "limit of active power",
    ("ZBAT", "Vol"): "battery voltage",
    ("ZBAT", "BatLo"): "battery low",
    ("LCCH", "ChLiv"): "communication channel alive",
    ("LCCH", "FerCh"): "frame errors of the communication channel",
}
"""By class of the logical node and name of the data object."""
