"""What control centres were given and does not fit the points of the site."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.point import Cdc, ControlModel, Iec104Address, PointName, PointSpec
from substation.northbound.agreed.fit import misfits
from substation.northbound.agreed.settings import read_control_centres


def spec(variable: str, cdc: Cdc, number: int, type_id: int, command: int = 0) -> PointSpec:
    return PointSpec(
        PointName("ST1/E1", variable),
        cdc,
        "ST1",
        monitor=Iec104Address(1, number, type_id),
        command=Iec104Address(1, command, 46) if command else None,
        control_model=ControlModel.SBO_NORMAL if command else ControlModel.STATUS_ONLY,
    )


SITE = [
    spec("MMXU1.Hz", Cdc.MV, 1, 36),
    spec("CSWI1.Pos", Cdc.DPC, 2, 31, command=52),
    spec("SFPI1.FwdFlt", Cdc.SPS, 3, 30),
    spec("MMTR1.SupWh", Cdc.BCR, 4, 37),
    spec("PTRC1.Tr", Cdc.ACT, 5, 38),
]


def found(text: str) -> list[str]:
    tables = read_toml(f'schema = 1\n[[control_centre]]\nname = "NCC"\n{text}', "unit.toml").tables("control_centre")
    return [f"{each.problem}; {each.remedy}" for each in misfits(read_control_centres(tables), SITE)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('groups = {1 = "*/CILO*"}', "groups names points '*/CILO*'"),
        ('groups = {1 = ["*/MMXU1.*", "*/MMTR1.*"]}', "groups names points '*/MMTR1.*'"),  # totals have their own
        ('groups = {1 = "*/PTRC1.Tr"}', "groups names points '*/PTRC1.Tr'"),  # never interrogated
        ('counters = {groups = {1 = "*/CSWI1.Pos"}}', "none is an integrated total"),
        ('[[control_centre.deadband]]\npoints = "*/CSWI1.Pos"\nvalue = 1', "deadband names points"),
        ('[[control_centre.periodic]]\npoints = "*/CSWI1.Pos"\nperiod_s = 9', "periodic names points"),
        ('[[control_centre.background]]\npoints = "*/MMTR1.*"\nperiod_s = 9', "background names points"),
        ('commands = ["*/SFPI1.FwdFlt"]', "commands names points '*/SFPI1.FwdFlt', and none is commanded"),
        (
            'packed = [{common_address = 1, object_address = 9, points = ["ST1/E1/MMXU1.Hz"]}]',
            "which is no single point",
        ),
        ('packed = [{common_address = 7, object_address = 9, points = ["ST1/E1/SFPI1.FwdFlt"]}]', "no point has this"),
        (
            'packed = [{common_address = 1, object_address = 52, points = ["ST1/E1/SFPI1.FwdFlt"]}]',
            "that of ST1/E1/CSWI1",
        ),
        ('buffer = {overflow = "1/1"}', "overflow 1/1: the address is that of ST1/E1/MMXU1.Hz; give one that is free"),
        ("files = {object_address = 1, count = 10}", "files would stand at 1/1, the address of ST1/E1/MMXU1.Hz"),
    ],
)
def test_what_fits_nothing_is_found(text: str, words: str) -> None:
    [problem] = found(text)
    assert problem.startswith("control centre NCC: ")
    assert words in problem


def test_what_fits_is_not_complained_of() -> None:
    text = """
    commands = ["*/CSWI1.Pos"]
    [control_centre.groups]
    1 = ["*/MMXU1.*", "*/CSWI*", "*"]
    [control_centre.counters.groups]
    1 = "*/MMTR1.SupWh"
    [[control_centre.deadband]]
    points = "*/MMXU1.*"
    value = 1
    [[control_centre.background]]
    points = "*"
    period_s = 60
    [[control_centre.packed]]
    common_address = 1
    object_address = 9100
    points = ["ST1/E1/SFPI1.FwdFlt"]
    [control_centre.buffer]
    overflow = "1/9000"
    [control_centre.files]
    object_address = 60000
    """
    assert found(text) == []


def test_an_overflow_point_takes_an_address_too() -> None:
    text = 'buffer = {overflow = "1/9"}\n'
    text += 'packed = [{common_address = 1, object_address = 9, points = ["ST1/E1/SFPI1.FwdFlt"]}]'
    assert found(text) == [
        "control centre NCC: packed object 1/9: the address is that of the overflow point of NCC; give one that is free"
    ]
