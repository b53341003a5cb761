"""network.json: what is written is read back, and whatever is unclear is an error with its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.network.elements import Neutral, SwitchKind
from models.network.reader import read_network, read_network_file
from models.network.writer import write_network

EXAMPLE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"

SMALL = """{
"schema": 1, "name": "small", "frequency_hz": 50.0,
"limits": {"voltage_min_pu": 0.9, "voltage_max_pu": 1.1, "line_loading_pu": 1.0, "transformer_loading_pu": 1.0},
"galvanic_networks": [
 {"id": "A/K1", "busbar": "A/K1/BB1/N1", "neutral": "resonant"}
],
"nodes": [
 {"id": "A/K1/BB1/N1", "nominal_voltage_v": 20000.0, "station": "A", "busbar": true},
 {"id": "A/K1/E01/N1", "nominal_voltage_v": 20000, "station": "A"},
 {"id": "B/K1/BB1/N1", "nominal_voltage_v": 20000.0, "station": "B", "busbar": true, "longitude_deg": 7.9}
],
"sources": [
 {"id": "A/IFL1", "node": "A/K1/BB1/N1", "voltage_pu": 1.0, "short_circuit_power_va": 2e8, "rx_ratio": 0.1}
],
"transformers": [],
"lines": [
 {"id": "L1/W1", "from_node": "A/K1/E01/N1", "to_node": "B/K1/BB1/N1", "length_m": 100.0, "resistance_ohm": 0.1,
  "reactance_ohm": 0.1, "capacitance_f": 1e-8, "rated_current_a": 300.0, "path": [[7.9, 48.4], [7.95, 48.4]]}
],
"switches": [
 {"id": "A/K1/E01/Q0", "kind": "breaker", "from_node": "A/K1/BB1/N1", "to_node": "A/K1/E01/N1",
  "normally_open": false, "remote": true, "rated_current_a": 1250.0, "breaking_current_a": 25000.0},
 {"id": "A/K1/E01/Q8", "kind": "earthing_switch", "from_node": "A/K1/E01/N1", "to_node": "",
  "normally_open": true, "remote": false, "rated_current_a": 1250.0, "breaking_current_a": 0}
],
"loads": [
 {"id": "B/T1", "node": "B/K1/BB1/N1", "active_power_w": 1e5, "reactive_power_var": 2e4, "customers": 40}
],
"generators": [],
"indicators": [],
"feeders": [{"id": "A/K1/E01", "breaker": "A/K1/E01/Q0", "transformer": "A/IFL1"}]
}
"""


def test_example_is_written_as_it_was_read() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert write_network(read_network(text, "network.json")) == text


def test_every_element_stands_on_a_line_of_its_own() -> None:
    file = read_network_file(EXAMPLE.read_text(encoding="utf-8"), "network.json")
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert len(set(file.lines.values())) == len(file.lines) > 1600
    assert all(f'"id": "{name}"' in lines[number - 1] for name, number in file.lines.items())


def test_small_file_by_hand() -> None:
    file = read_network_file(SMALL, "small.json")
    network = file.network
    assert file.lines["A/K1/E01/Q8"] == 23
    assert network.galvanic_networks[0].neutral is Neutral.RESONANT
    assert network.nodes[1].nominal_voltage_v == 20000.0
    assert isinstance(network.nodes[1].nominal_voltage_v, float)
    assert network.nodes[2].latitude_deg is None
    assert network.lines[0].path == ((7.9, 48.4), (7.95, 48.4))
    assert network.switches[1].kind is SwitchKind.EARTHING_SWITCH
    assert network.loads[0].critical_customers == 0
    assert read_network(write_network(network), "again.json") == network


def replaced(old: str, new: str) -> Callable[[str], str]:
    assert SMALL.count(old) == 1, old
    return lambda text: text.replace(old, new)


WRONG = [
    (replaced('"schema": 1', '"schema": 2'), 2, "schema is 2", 'write "schema": 1'),
    (
        replaced('"rated_current_a": 300.0,', '"amps": 300.0,'),
        18,
        "unknown key 'amps' in lines 'L1/W1'",
        "rated_current",
    ),
    (replaced(', "neutral": "resonant"', ""), 5, "'neutral' is missing", "resonant, resistance, solid"),
    (replaced('"neutral": "resonant"', '"neutral": "coil"'), 5, "'neutral' of galvanic_networks", "one of: isolated"),
    (replaced(' {"id": "A/K1", "busbar": "A/K1/BB1/N1", "neutral": "resonant"}', ""), 17, "no neutral", "no default"),
    (replaced('"id": "B/T1", ', ""), 27, "'id' is missing in loads", 'add "id"'),
    (replaced('"to_node": "B/K1/BB1/N1"', '"to_node": "C"'), 17, "names 'C', which does not exist", "add it to nodes"),
    (replaced('"breaker": "A/K1/E01/Q0"', '"breaker": "Q"'), 31, "'breaker' of 'A/K1/E01' names 'Q'", "switches"),
    (replaced('"id": "B/T1"', '"id": "A/IFL1"'), 27, "'A/IFL1' stands already in line 13", "rename"),
    (replaced('"customers": 40', '"customers": 40.5'), 27, "'customers' of loads 'B/T1' is 40.5", "a whole number"),
    (replaced('"remote": true', '"remote": "yes"'), 22, "'remote' of switches", "true or false"),
    (replaced('"length_m": 100.0', '"length_m": -1'), 17, "'length_m' of 'L1/W1' is -1", "write 0 or"),
    (replaced('"capacitance_f": 1e-8', '"capacitance_f": 1e999'), 18, "'capacitance_f' of lines", "write a number"),
    (replaced('"capacitance_f": 1e-8', '"capacitance_f": NaN'), 18, "NaN is not JSON", "finite"),
    (replaced('"voltage_min_pu": 0.9', '"voltage_min_pu": 1.2'), 3, "the voltage band is empty", "voltage_min_pu <"),
    (replaced('"to_node": "",', '"to_node": "A/K1/BB1/N1",'), 23, "(earthing_switch) leads to", "and nothing else"),
    (replaced('"name": "small",', '"name": "small", "name": "twice",'), 2, "'name' stands twice", "remove one"),
    (replaced('"generators": [],', '"generators": {},'), 29, "'generators' is not a list", "write"),
    (replaced('"generators": [],', ""), 1, "'generators' is missing", "add"),
    (replaced('"generators": [],', '"generators": [,'), 29, "not JSON", "syntax"),
    (lambda _: "[]", 1, "no JSON object", "begin with"),
]


@pytest.mark.parametrize(("change", "line", "problem", "remedy"), WRONG, ids=[str(each[2]) for each in WRONG])
def test_wrong_file_is_one_clear_error(change: Callable[[str], str], line: int, problem: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_network(change(SMALL), "network.json")
    assert str(caught.value).startswith(f"network.json:{line}: ")
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_one_galvanic_network_cannot_be_treated_twice() -> None:
    content = json.loads(SMALL)
    content["galvanic_networks"].append({"id": "B/K1", "busbar": "B/K1/BB1/N1", "neutral": "isolated"})
    with pytest.raises(ConfigError, match="'B/K1' and 'A/K1' are one galvanic network"):
        read_network(json.dumps(content), "network.json")
