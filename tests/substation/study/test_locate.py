"""`ringmain study locate`: cases by hand, ids in and out, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import AlgorithmError, ConfigError
from substation.commands.study import run

CASES = Path(__file__).parents[2] / "cases" / "location"
NETWORK = CASES / "network.m"


def located(capsys: pytest.CaptureFixture[str], *arguments: str, network: Path = NETWORK) -> dict:
    assert run(["locate", str(network), "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.json")), ids=lambda case: case.stem)
def test_golden(capsys: pytest.CaptureFixture[str], case: Path) -> None:
    told = json.loads(case.read_text(encoding="utf-8"))
    found, expected = located(capsys, *told["arguments"]), told["expected"]
    assert found["probability"] == pytest.approx(expected.pop("probability"), abs=told["tolerance"]["probability"])
    assert {key: sorted(found[key]) for key in expected} == {key: sorted(value) for key, value in expected.items()}
    assert found["isolated_probability"] >= found["probability"]
    assert found["explanation"]


def test_text_says_what_speaks_against_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["locate", str(NETWORK), "--set", "1,2,4", "--reset", "3"]) == 0
    text = capsys.readouterr().out
    assert "then 3 cannot be believed" in text
    assert "also possible is 2, bus 3" in text


def test_reactance_names_the_place_within_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    """0.8 ohm per row: 2.8 ohm from the breaker is in the fourth row of the main line."""
    found = located(capsys, "--set", "1,2", "--unknown", "3,4,5,8", "--reactance-ohm", "2.8")
    assert found["nearest"] == ["4"]
    assert "bus 8" not in found["sections"][0]["elements"]


def test_current_alone_finds_the_stretch(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else is known; 20 kV behind 1.79 ohm to bus 3 gives 6450 A."""
    everything = "1,2,3,4,5,6,7,8"
    found = located(capsys, "--unknown", everything, "--current-a", "6450", "--trip", "1")
    assert {"2", "bus 3"} <= set(found["nearest"])
    assert "5" not in found["nearest"]


def test_machine_below_makes_silence_unknown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = NETWORK.read_text(encoding="utf-8")
    row = "	1	0	0	10	-10	1	100	1	10	0;"
    network = tmp_path / "machine.m"
    network.write_text(
        text.replace(row, f"{row}\n	6	1	0	1	-1	1	100	1	2	0;"), encoding="utf-8"
    )
    found = located(capsys, "--set", "1,2,3", network=network)
    assert found["isolated_probability"] >= 0.95
    assert {"4", "5", "bus 6"} <= {each for section in found["sections"] for each in section["elements"]}
    assert "4" not in found["isolate"]
    assert any("machines feed into its faults" in each for each in found["findings"])


def test_flags_of_two_feeders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two rows at the source are two feeders with a breaker each; both have tripped."""
    text = NETWORK.read_text(encoding="utf-8").replace("	3	7	0.01", "	1	7	0.01")
    network = tmp_path / "feeders.m"
    network.write_text(text, encoding="utf-8")
    found = located(capsys, "--set", "1,2,3,6", network=network)
    assert sorted(found["tripped"]) == ["1", "6"]
    assert sorted(found["section"]) == ["3", "4", "6", "7"]
    alone = located(capsys, "--set", "1,2,3,7", network=network)
    assert alone["tripped"] == ["1"], "one flag without the one above it is no second feeder"


def test_a_trip_that_nobody_told_is_said_to_be_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    assumed, told = located(capsys, "--set", "1,2"), located(capsys, "--set", "1,2", "--trip", "1")
    assert (assumed.pop("trip_assumed"), told.pop("trip_assumed")) == (True, False)
    assert "nobody says what has tripped: 1 is taken" in " ".join(assumed.pop("findings"))
    assert told.pop("findings") == ["no rating, so the current is not limited: every branch"]
    assert assumed == told
    silent = located(capsys, "--reset", "1,2,3,4,5,6,7,8")
    assert silent["trip_assumed"]


def test_flags_elsewhere_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Those above the recloser that tripped have seen the fault as well."""
    found = located(capsys, "--trip", "3", "--set", "1,2,3,7")
    assert found["findings"][1:] == ["below no breaker that tripped, so not believed: 7"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "77"], "no indicator '77'"),
        (["--set", "1", "--reset", "1@1"], "told twice"),
        (["--set", "1@2"], "no indicator '1@2'"),
        (["--trip", "nowhere"], "no breaker or switch"),
        (["--trip", "9"], "no source feeds '9'"),
        (["--set", "1", "--certainty", "0"], "certainty 0"),
        (["--set", "1", "--reactance-ohm", "-1"], "reactance_ohm is -1"),
        (["--set", "1", "--current-a", "nan"], "current_a is nan"),
        ([], "no evidence of a fault; tell what the indicators show with --set and --reset"),
        (["--certainty", "0.9"], "no evidence of a fault"),
        (["--set", "1", "--reverse", "2"], "indicator '2' is not directional, so it shows no direction"),
        (["--set", "1", "--reverse", "77"], "no indicator '77'"),
        (["--set", "1", "--opened", "77"], "no breaker or switch"),
        (["--set", "1", "--opened", "9"], "'9' is open in the network file, before the fault"),
        (["--trip", "1", "--opened", "1"], "'1' stands in --trip and in --opened"),
        (["--trip", "1,1"], "'1' is '1' or lies below it"),
        (["--trip", "3,1"], "'3' is '1' or lies below it"),
        (["--trip", "3", "--opened", "2"], "'2' lies below none of the breakers that tripped"),
    ],
)
def test_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        run(["locate", str(NETWORK), *arguments])


def test_a_loop_is_refused(tmp_path: Path) -> None:
    network = tmp_path / "loop.m"
    text = NETWORK.read_text(encoding="utf-8")
    network.write_text(text.replace("	0	0	-360	360;", "	0	1	-360	360;"), encoding="utf-8")
    with pytest.raises(AlgorithmError, match="closes a loop or a parallel"):
        run(["locate", str(network), "--set", "1"])
