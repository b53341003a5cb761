"""Sections of unit.toml about whose data a unit holds: what is read, and how mistakes are told."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.policy import Access, Grant, Policy
from substation.data_groups.kinds import Number, Record
from substation.data_groups.row import Owner, Upward
from substation.data_groups.settings import Customer, DataSettings, read_data
from substation.level import Level

GOOD = """schema = 1
[policy]
operator = "Stedin"
aggregate_customers = 7
[[policy.grant]]
of = "customer"
stakeholder = "Sum4All"
minimum_delay_s = 60
[[customer]]
name = "CMU017"
owner = "C017"
meter = "SM017"
[[contract]]
stakeholder = "ES2"
service = "billing"
customer = "C017"
variables = ["MMTR1.*"]
minimum_delay_s = 900
[[provider]]
stakeholder = "ES2"
variables = ["Price"]
[[variable]]
name = "RoofTemperature"
kind = "number K"
level = "CMU"
upward = "mean"
owner = "customer"
[[variable]]
name = "Boiler"
kind = "map"
[variable.fields]
on = "flag"
power_w = "number W"
"""


def settings(text: str) -> DataSettings:
    root = read_toml(text, "unit.toml")
    found = read_data(root, Level.LVGMU)
    root.done()
    return found


def test_everything_is_read() -> None:
    found = settings(GOOD)
    assert (found.operator, found.aggregate_customers) == ("Stedin", 7)
    assert found.defaults == {Owner.CUSTOMER: Policy((Grant("Sum4All", "*", Access.READ, 60_000_000_000),))}
    assert found.customers == (Customer("CMU017", "C017", Level.CMU, "SM017"),)
    assert found.contracts[0].grant == Grant("ES2", "billing", Access.READ, 900_000_000_000)
    assert found.providers[0].locations == ("*",)
    (roof_level, roof), (boiler_level, boiler) = found.variables
    assert (roof_level, roof.kind, roof.upward, roof.owner) == (Level.CMU, Number("K"), Upward.MEAN, Owner.CUSTOMER)
    assert boiler_level is Level.LVGMU
    assert isinstance(boiler.kind, Record)
    assert boiler.kind.problem({"on": True}, "value") == "value.power_w is missing"


def test_a_file_that_says_nothing_has_the_defaults() -> None:
    assert settings("schema = 1\n") == DataSettings()


@pytest.mark.parametrize(
    ("line", "instead", "problem"),
    [
        ("aggregate_customers = 7", "aggregate_customers = 1", "unit.toml:4: 'aggregate_customers' is 1"),
        ('of = "customer"', 'of = "neighbour"', "kind of owner 'neighbour' is unknown"),
        ('name = "CMU017"', 'name = "CMU*"', "neither '/' nor"),
        ('meter = "SM017"', 'meter = "CMU017"', "'CMU017' occurs twice"),
        ('customer = "C017"', 'customer = "C018"', "is owned by 'C018'"),
        ("minimum_delay_s = 900", "minimum_delay_s = -1", "'minimum_delay_s' is -1"),
        ('kind = "number K"', 'kind = "number"', "kind 'number ' is unknown"),
        ('upward = "mean"', 'upward = "median"', "one of sum, mean, worst, count, none"),
        ('name = "Boiler"', 'name = "a/b"', "variable 'a/b' is not usable"),
        ('level = "CMU"', 'level = "XMU"', "level 'XMU' is unknown"),
        ('kind = "map"', 'kind = "map"\ncolour = "red"', "unknown key 'variable.colour'"),
        ('on = "flag"', 'on = "flags"', "kind 'flags ' is unknown"),
    ],
)
def test_mistakes_are_told_with_a_remedy(line: str, instead: str, problem: str) -> None:
    assert line in GOOD
    with pytest.raises(ConfigError) as error:
        settings(GOOD.replace(line, instead, 1))
    assert problem in str(error.value)
