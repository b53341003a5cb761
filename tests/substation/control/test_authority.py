"""S18: who has control at a place, and whether what is there executes commands at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.command import Originator, OriginatorCategory
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from models.switching import SwitchAction
from substation.control.interlocking import RULES
from substation.control.request import Request
from substation.control.rules import authority
from substation.control.situation import Context
from substation.image import ProcessImage
from substation.register import PointRegister
from tests.substation.control.world import NOW_NS

BAY = "OBR1/K1/E03"
SWITCH = f"{BAY}/Q0"
POSITION = PointName(SWITCH, "CSWI1.Pos")
SAYING = {
    "LLN0.Loc": (BAY, Cdc.SPS),
    "CSWI1.LocKey": (SWITCH, Cdc.SPS),
    "LLN0.LocSta": (BAY, Cdc.SPC),
    "XCBR1.Beh": (SWITCH, Cdc.ENS),
}
ON = {"LLN0.Loc": False, "CSWI1.LocKey": False, "LLN0.LocSta": False, "XCBR1.Beh": 1}
STATION = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
CENTRE = Originator(OriginatorCategory.REMOTE_CONTROL, "NCC")


@dataclass(frozen=True)
class Standing:
    """What the rules of authority look at."""

    request: Request
    image: ProcessImage
    element: str = SWITCH
    context: Context = Context()


def situation(
    values: dict[str, bool | int], who: Originator = STATION, test: bool = False, quality: int = 0
) -> Standing:
    specs = [PointSpec(POSITION, Cdc.DPC, "IED", control_model=ControlModel.SBO_ENHANCED)]
    specs += [PointSpec(PointName(place, name), cdc, "IED") for name, (place, cdc) in SAYING.items()]
    register = PointRegister((Handle(number), spec) for number, spec in enumerate(specs, start=1))
    samples = {}
    for name, value in values.items():
        handle = register.handle(PointName(SAYING[name][0], name))
        assert handle is not None
        samples[handle] = Sample(handle, value, quality if name == "XCBR1.Beh" else 0, None, NOW_NS)
    image = ProcessImage(NOW_NS, register, samples)
    request = Request(POSITION, Dbpos.OFF, who, test=test)
    return Standing(request, image)


def refused(made: Standing) -> str:
    checks = (authority.local_control, authority.station_control, authority.behaviour)
    return "; ".join(text for check in checks if (text := check(made)))


def test_s18_nothing_is_refused_where_everything_is_remote_and_on() -> None:
    assert refused(situation(ON)) == refused(situation(ON, CENTRE)) == ""


@pytest.mark.parametrize(
    ("name", "who", "words"),
    [
        ("LLN0.Loc", STATION, f"{BAY} is switched to local control (LLN0.Loc)"),
        ("LLN0.Loc", CENTRE, f"{BAY} is switched to local control (LLN0.Loc)"),
        ("CSWI1.LocKey", STATION, f"{SWITCH} is switched to local control (CSWI1.LocKey)"),
        ("LLN0.LocSta", STATION, ""),
        ("LLN0.LocSta", CENTRE, f"{BAY} is under control of the station (LLN0.LocSta); remote commands are refused"),
    ],
)
def test_s18_who_has_control_keeps_the_others_out(name: str, who: Originator, words: str) -> None:
    assert refused(situation({**ON, name: True}, who)) == words


@pytest.mark.parametrize(("beh", "words"), [(2, "blocked"), (3, "in test"), (4, "in test and blocked"), (5, "off")])
def test_s18_a_node_that_executes_nothing_is_not_commanded(beh: int, words: str) -> None:
    assert refused(situation({**ON, "XCBR1.Beh": beh})) == f"{SWITCH}/XCBR1.Beh is {words}"


def test_s18_a_node_that_gives_nothing_to_the_process_takes_commands_in_test() -> None:
    quality = int(Quality.TEST)
    for beh, words in ((3, "in test, where a device carries out"), (4, "")):
        in_test = {**ON, "XCBR1.Beh": beh}
        told = refused(situation(in_test, test=True, quality=quality))
        assert words in told
        assert bool(told) is bool(words)
        assert refused(situation(in_test, quality=quality)).startswith(f"{SWITCH}/XCBR1.Beh is in test")
    assert refused(situation({**ON, "XCBR1.Beh": 5}, test=True)) == f"{SWITCH}/XCBR1.Beh is off"


@pytest.mark.parametrize("name", list(ON))
def test_s18_what_is_not_known_is_no(name: str) -> None:
    known = {each: value for each, value in ON.items() if each != name}
    assert "never been received" in refused(situation(known, CENTRE))


def test_s18_the_mode_itself_can_be_changed_back() -> None:
    made = situation({**ON, "XCBR1.Beh": 2})
    mode = replace(made, request=replace(made.request, point=PointName(SWITCH, "XCBR1.Mod")))
    assert authority.behaviour(mode) == ""


@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            "LLN0.Loc": st.booleans(),
            "CSWI1.LocKey": st.booleans(),
            "LLN0.LocSta": st.booleans(),
            "XCBR1.Beh": st.integers(1, 5),
        },
    ),
    who=st.sampled_from([STATION, CENTRE]),
)
def test_s18_commands_pass_only_where_all_that_is_said_is_known_and_permits(
    values: dict[str, bool | int], who: Originator
) -> None:
    asks_locsta = who is CENTRE
    needed = set(ON) if asks_locsta else set(ON) - {"LLN0.LocSta"}
    permitted = needed <= values.keys() and all(values[name] == ON[name] for name in needed)
    assert (refused(situation(values, who)) == "") is permitted


def test_s18_stands_in_the_table_for_every_action() -> None:
    checks = {rule.check for rule in RULES if rule.id == "S18" and rule.actions == frozenset(SwitchAction)}
    assert checks >= {authority.local_control, authority.station_control, authority.behaviour}
