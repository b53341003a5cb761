"""What a change says to a person: every row of the table, and only changes."""

from __future__ import annotations

import pytest

from models.alarm import Category, Severity
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample, Value
from models.quality import Quality
from substation.process_events import event_of


def spec(variable: str) -> PointSpec:
    return PointSpec(PointName("OBR1/K1/E03", variable), Cdc.SPS, "L")


def sample(value: Value, quality: int = 0, source_ns: int | None = 5) -> Sample:
    return Sample(Handle(1), value, int(quality), source_ns, 9)


INFORMATION, LOW, MEDIUM, HIGH = Severity
TEXTS: tuple[tuple[str, Value, str, Severity], ...] = (
    ("CSWI1.Pos", Dbpos.INTERMEDIATE, "CSWI1: moves (intermediate position)", INFORMATION),
    ("CSWI2.Pos", Dbpos.OFF, "CSWI2: open", INFORMATION),
    ("CSWI3.Pos", Dbpos.ON, "CSWI3: closed", INFORMATION),
    ("CSWI1.Pos", Dbpos.BAD, "CSWI1: contradicting position indications", HIGH),
    ("PTRC1.Tr", True, "PTRC1: protection trip", HIGH),
    ("PTRC1.Tr", False, "PTRC1: protection trip reset", INFORMATION),
    ("PTOC1.Str", True, "PTOC1: protection pickup", MEDIUM),
    ("PTOC2.Str", False, "PTOC2: protection pickup reset", INFORMATION),
    ("PTOC2.Op", True, "PTOC2: protection operated", MEDIUM),
    ("PTOC2.Op", False, "PTOC2: protection stage reset", INFORMATION),
    ("RREC1.AutoRecSt", 1, "RREC1: reclosing ready", INFORMATION),
    ("RREC1.AutoRecSt", 2, "RREC1: reclosing in progress", INFORMATION),
    ("RREC1.AutoRecSt", 3, "RREC1: reclosing successful", MEDIUM),
    ("RREC1.AutoRecSt", 4, "RREC1: reclosing waits for trip", INFORMATION),
    ("RREC1.AutoRecSt", 5, "RREC1: reclosing: tripped by protection", INFORMATION),
    ("RREC1.AutoRecSt", 6, "RREC1: reclosing: fault disappeared", INFORMATION),
    ("RREC1.AutoRecSt", 7, "RREC1: reclosing waits to complete", INFORMATION),
    ("RREC1.AutoRecSt", 8, "RREC1: reclosing: circuit breaker closed", INFORMATION),
    ("RREC1.AutoRecSt", 9, "RREC1: reclosing cycle unsuccessful, locked out", HIGH),
    ("RREC1.AutoRecSt", 10, "RREC1: reclosing unsuccessful", HIGH),
    ("RREC1.AutoRecSt", 11, "RREC1: reclosing aborted", MEDIUM),
    ("RREC1.AutoRecSt", 12, "RREC1: reclosing not ready", LOW),
    ("RREC1.AutoRecSt", 77, "RREC1: unknown state 77", LOW),
    ("RREC1.BlkRec", True, "RREC1: reclosing blocked", LOW),
    ("RREC1.BlkRec", False, "RREC1: reclosing released", INFORMATION),
    ("SFPI1.FwdFlt", True, "SFPI1: short circuit passed, forward", MEDIUM),
    ("SFPI1.FwdFlt", False, "SFPI1: indication reset, forward", INFORMATION),
    ("SFPI1.RvFlt", True, "SFPI1: short circuit passed, reverse", MEDIUM),
    ("SFPI1.RvFlt", False, "SFPI1: indication reset, reverse", INFORMATION),
    ("SFPI2.FwdFlt", True, "SFPI2: earth fault, forward", HIGH),
    ("SFPI2.FwdFlt", False, "SFPI2: earth fault reset, forward", INFORMATION),
    ("SFPI2.RvFlt", True, "SFPI2: earth fault, reverse", HIGH),
    ("SFPI2.RvFlt", False, "SFPI2: earth fault reset, reverse", INFORMATION),
    ("LLN0.Loc", True, "LLN0: local control", MEDIUM),
    ("XCBR1.Loc", False, "XCBR1: remote control", INFORMATION),
    ("XCBR1.EEHealth", 1, "XCBR1: health is good", INFORMATION),
    ("XCBR1.EEHealth", 2, "XCBR1: health warning", LOW),
    ("XCBR1.EEHealth", 3, "XCBR1: health alarm", HIGH),
    ("XCBR1.CBOpCap", 1, "XCBR1: no operation possible", HIGH),
    ("XCBR1.CBOpCap", 2, "XCBR1: can only open", MEDIUM),
    ("XCBR1.CBOpCap", 3, "XCBR1: can close and open", INFORMATION),
    ("XCBR1.CBOpCap", 4, "XCBR1: can open, close, open", INFORMATION),
    ("XCBR1.CBOpCap", 5, "XCBR1: can close, open, close, open", INFORMATION),
    ("ZBAT1.BatLo", True, "ZBAT1: battery low", MEDIUM),
    ("ZBAT1.BatLo", False, "ZBAT1: battery normal", INFORMATION),
    ("LCCH1.ChLiv", True, "LCCH1: channel live", INFORMATION),
    ("LCCH1.ChLiv", False, "LCCH1: channel dead", LOW),
    ("ATCC1.Auto", True, "ATCC1: tap changer automatic", INFORMATION),
    ("ATCC1.Auto", False, "ATCC1: tap changer manual", INFORMATION),
    ("YLTC1.EndPosR", True, "YLTC1: highest tap position", LOW),
    ("YLTC1.EndPosR", False, "YLTC1: highest tap position left", INFORMATION),
    ("YLTC1.EndPosL", True, "YLTC1: lowest tap position", LOW),
    ("YLTC1.EndPosL", False, "YLTC1: lowest tap position left", INFORMATION),
    ("ATCC1.ParOp", True, "ATCC1: tap control in parallel", INFORMATION),
    ("ATCC1.ParOp", False, "ATCC1: tap control alone", INFORMATION),
    ("ARCO1.Auto", True, "ARCO1: bank switches itself", INFORMATION),
    ("ARCO1.Auto", False, "ARCO1: bank switched by command", INFORMATION),
    ("ATCC1.LTCBlk", True, "ATCC1: tap changer blocked", LOW),
    ("ATCC1.LTCBlk", False, "ATCC1: tap changer released", INFORMATION),
    ("CSWI1.LocKey", True, "CSWI1: local control by key", MEDIUM),
    ("CSWI1.LocKey", False, "CSWI1: key on remote", INFORMATION),
    ("LLN0.LocSta", True, "LLN0: control of the station", LOW),
    ("LLN0.LocSta", False, "LLN0: remote control", INFORMATION),
    ("XCBR1.Beh", 1, "XCBR1: on", INFORMATION),
    ("XCBR1.Beh", 2, "XCBR1: blocked", MEDIUM),
    ("LLN0.Mod", 3, "LLN0: in test", MEDIUM),
    ("LLN0.Mod", 4, "LLN0: in test and blocked", MEDIUM),
    ("LLN0.Beh", 5, "LLN0: off", MEDIUM),
    ("LTMS1.TmSyn", 0, "LTMS1: clock is not synchronised", MEDIUM),
    ("LTMS1.TmSyn", 1, "LTMS1: clock follows a local time source", LOW),
    ("LTMS1.TmSyn", 2, "LTMS1: clock follows global time", INFORMATION),
    ("LTMS1.TmChSt1", False, "LTMS1: time channel lost", MEDIUM),
    ("LTMS1.TmChSt2", True, "LTMS1: time channel works", INFORMATION),
    ("LGOS3.St", False, "LGOS3: subscription lost", MEDIUM),
    ("LSVS1.St", True, "LSVS1: subscription works", INFORMATION),
    ("LGOS1.NdsCom", True, "LGOS1: subscription needs commissioning", MEDIUM),
    ("LGOS1.NdsCom", False, "LGOS1: subscription fits", INFORMATION),
    ("LSVS1.SimSt", True, "LSVS1: simulated messages are taken", MEDIUM),
    ("LSVS1.SimSt", False, "LSVS1: real messages are taken", INFORMATION),
    *(("LLN0.ActSG", group, f"LLN0: setting group {group} is active", LOW) for group in range(1, 17)),
)


@pytest.mark.parametrize(("variable", "value", "text", "severity"), TEXTS, ids=lambda value: str(value))
def test_texts(variable: str, value: Value, text: str, severity: Severity) -> None:
    other: Value = (not value) if isinstance(value, bool) else -1
    event = event_of(spec(variable), sample(other), sample(value))
    assert event is not None
    assert (event.text, event.severity) == (text, severity)
    assert (event.category, event.location) == (Category.PROCESS, "OBR1/K1/E03")
    assert (event.time_ns, event.arrival_time_ns) == (5, 9)


def test_every_row_of_the_table_has_its_text_here() -> None:
    from substation.process_events import _TABLE

    told = {text.partition(": ")[2] for _, _, text, _ in TEXTS}
    assert {text for _, words in _TABLE for text, _ in words.values()} == told - {"unknown state 77"}


def test_only_changes_make_lines() -> None:
    assert event_of(spec("PTRC1.Tr"), None, sample(True)) is None  # the first value is a state
    assert event_of(spec("PTRC1.Tr"), sample(True), sample(True, int(Quality.QUESTIONABLE))) is None
    assert event_of(spec("YLTC1.TapPos"), sample(1), sample(2)) is None  # no text, no line


def test_without_a_time_of_the_field_it_is_that_of_arrival() -> None:
    event = event_of(spec("PTRC1.Tr"), sample(False), sample(True, source_ns=None))
    assert event is not None
    assert event.time_ns == 9


def test_a_doubtful_value_is_told_with_its_doubt() -> None:
    event = event_of(spec("CSWI1.Pos"), sample(Dbpos.ON), sample(Dbpos.OFF, Quality.SUBSTITUTED))
    assert event is not None
    assert event.text == "CSWI1: open (substituted)"
    event = event_of(spec("CSWI1.Pos"), sample(Dbpos.ON), sample(Dbpos.OFF, Quality.CLOCK_NOT_SYNCHRONISED))
    assert event is not None
    assert event.text == "CSWI1: open"
