"""`ringmain study prevent` from files: figures, a model that a unit reads, and what it refuses."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ringmain
from models.config import read_toml
from models.errors import ConfigError
from models.network.reader import read_network
from models.point import Cdc, PointName, PointSpec, Sample
from substation.forecast.hazard.file import PreventionModel, model_text, read_model
from substation.forecast.hazard.published import AssetKind
from substation.grid.topology import Topology
from substation.history.store import History
from substation.mv.prevention.assets import assets_of
from substation.mv.prevention.noticed import LocatedFault
from substation.mv.prevention.settings import read_prevention
from substation.mv.prevention.state import PreventionState, dump_state
from substation.study.prevention.columns import HOUR_NS
from substation.study.prevention.fault_history import joined, read_history
from substation.study.prevention.own_history import read_own
from substation.study.prevention.standard_shapes import add_shape_options
from substation.study.prevention.standard_shapes import shapes as made
from substation.study.prevention.weather_table import read_weather
from tests.substation.study.prevention.truth import FIRST, feeders, weather

OBERRHEIN = Path(__file__).parents[4] / "examples" / "oberrhein" / "network.json"
HOURS = 2500


def stamp(hour: int) -> str:
    return f"{datetime.fromtimestamp((FIRST + hour) * 3600 + 60, UTC):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faults of overhead lines in gusts, for the example network."""
    folder, random = tmp_path_factory.mktemp("prevent"), np.random.default_rng(2)
    content = json.loads(OBERRHEIN.read_text(encoding="utf-8"))
    overhead = [each["id"] for each in content["lines"] if each["capacitance_f"] < 50e-12 * each["length_m"]]
    hours, history = ["time,gust_m_s,temperature_k"], ["time,element,event"]
    for hour, each in enumerate(weather(HOURS, random)):
        hours.append(f"{stamp(hour)},{each['gust_m_s']:.2f},")
        for line in overhead:
            if random.random() < 0.004 * np.exp(1.5 * (each["gust_m_s"] / 10 - 1)):
                history.append(f"{stamp(hour)},{line},fault")
    history.append(f"{stamp(7)},{content['feeders'][0]['id']},transient")
    (folder / "weather.csv").write_text("\n".join(hours), encoding="utf-8")
    (folder / "history.csv").write_text("\n".join(history), encoding="utf-8")
    (folder / "assets.csv").write_text(f"asset,installed_year\n{overhead[0]},1960\n", encoding="utf-8")
    return folder


def told(capsys: pytest.CaptureFixture[str], files: Path, *more: str) -> tuple[int, str, str]:
    arguments = ["--history", str(files / "history.csv"), "--weather", str(files / "weather.csv"), *more]
    status = ringmain.main(["study", "prevent", str(OBERRHEIN), *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_figures_and_a_model_that_a_unit_reads(capsys: pytest.CaptureFixture[str], files: Path) -> None:
    target = files / "model.toml"
    status, out, _ = told(capsys, files, "--assets", str(files / "assets.csv"), "--write", str(target), "--json")
    assert status == 0
    answer: dict[str, Any] = json.loads(out)
    assert (answer["has_skill"], answer["written"]) == (True, str(target))
    first = answer["sections"][0]
    assert first["brier"] < first["brier_climatology"] < first["brier_persistence"] * 1.01
    assert first["lead_h"] == 0
    assert sum(each["count"] for each in first["reliability"]) == first["forecasts"]
    kinds = {each["kind"]: each for each in answer["learned"]}
    [gust] = [each for each in kinds["overhead"]["effects"] if each["condition"] == "gust"]
    assert gust["low"] < 1.5 < gust["high"]
    assert kinds["overhead"]["source"].startswith("0.065 per km and year, Allan")
    assert answer["warnings"]["hits"] + answer["warnings"]["misses"] > 0
    assert any("judged with the weather of the file" in each for each in answer["findings"])
    settings = read_prevention(read_toml('schema = 1\nmodel = "model.toml"\n', str(files / "unit.toml")))
    assert settings.model is not None
    assert "gust" in settings.model.hazard.kinds[AssetKind.OVERHEAD].features
    assert settings.model.worth == answer["worth"]
    assert [each.installed_year for each in settings.model.assets.values()] == [1960]


def test_for_people(capsys: pytest.CaptureFixture[str], files: Path) -> None:
    status, out, _ = told(capsys, files, "--hours", "6")
    assert status == 0
    assert out.startswith("better than climatology from ")
    for words in ("climatology", "persistence", "faults told", "to be expected", "published 0.065"):
        assert words in out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2024-01-02T00:00:00Z,NOWHERE,fault", "no section or transformer"),
        ("2024-01-02T00:00:00Z,F0,fault", "no section or transformer"),
        ("2024-01-02T00:00:00Z,F0/L1,broken", "event 'broken' is unknown"),
        ("2024-01-02T00:00:00Z,F9,transient", "no element or feeder"),
        ("2024-01-02T00:00:00,F0/L1,fault", "a time without its zone"),
        ("yesterday,F0/L1,fault", "no time"),
        ("2024-01-02T00:00:00Z,F0/L1", "2 cells"),
        ("2024-01-02T00:00:00Z,,fault", "'element' is empty"),
    ],
)
def test_what_is_wrong_in_a_history(tmp_path: Path, line: str, expected: str) -> None:
    file = tmp_path / "history.csv"
    file.write_text(f"time,element,event\n2024-01-01T00:00:00Z,F0/L1,fault\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=expected) as caught:
        read_history(str(file), feeders())
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time,gust_m_s\n2024-01-02T00:00:00Z,fresh\n", "'gust_m_s' is 'fresh'"),
        ("time,temperature_k\n2024-01-02T00:00:00Z,20\n", "'temperature_k' is 20"),
        ("time,moon\n2024-01-02T00:00:00Z,1\n", "column 'moon' is unknown"),
        ("gust_m_s\n1\n", "column 'time' is missing"),
        ("time,gust_m_s\n", "holds no weather"),
        ("time,gust_m_s\n1900-01-01T00:00:00Z,1\n2024-01-01T00:00:00Z,1\n", "spans"),
    ],
)
def test_what_is_wrong_in_the_weather(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "weather.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=expected):
        read_weather(str(file))


def test_hours_of_the_weather(tmp_path: Path) -> None:
    file = tmp_path / "weather.csv"
    lines = ("2024-01-01T00:00:00Z,5,280", "2024-01-01T00:30:00Z,9,281", "2024-01-01T03:10:00+01:00,,285")
    file.write_text("\n".join(("time,gust_m_s,temperature_k", *lines)), encoding="utf-8")
    found = read_weather(str(file))
    assert (found.first, found.hours) == (FIRST, 3)
    assert found.at(FIRST) == {"gust_m_s": 9.0, "temperature_k": 280.5}
    assert (found.at(FIRST + 1), found.at(FIRST + 2), found.at(FIRST + 9)) == ({}, {"temperature_k": 285.0}, {})


def test_a_fault_is_no_precursor_of_itself(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    lines = (
        "2024-01-01T10:00:00Z,F0/L1,fault",
        "2024-01-01T09:55:00Z,F0,transient",
        "2024-01-01T09:00:00Z,F0/L2,transient",
    )
    file.write_text("\n".join(("time,element,event", *lines)), encoding="utf-8")
    found = read_history(str(file), feeders())
    assert [each.where for each in found.faults] == ["F0/L1"]
    assert [each.where for each in found.precursors["transient"]] == ["F0"]


CASE = """function mpc = two
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 20 1 1 1
  2 1 1 0.5 0 0.1 1 1 0 20 1 1.1 0.9
];
mpc.gen = [1 0 0 9 -9 1 1 1 9 0];
mpc.branch = [
  1 2 0.01 0.02 0 4 0 0 0 0 1
];
"""


def test_another_network_needs_its_assets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case, table = tmp_path / "two.m", tmp_path / "assets.csv"
    case.write_text(CASE)
    table.write_text("asset,kind,length_m,feeder,installed_year\n1,cable,5000,F,1990\n", encoding="utf-8")
    (tmp_path / "h.csv").write_text("time,element,event\n2024-01-09T00:00:00Z,1,fault\n2024-02-26T00:00:00Z,1,fault\n")
    time = ("--from", "2024-01-01T00:00:00Z", "--to", "2024-03-01T00:00:00Z")
    known = ("--assets", str(table), "--history", str(tmp_path / "h.csv"))

    def tried(*more: str) -> tuple[int, str, str]:
        status = ringmain.main(["study", "prevent", str(case), *more])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    status, out, err = tried(*known, *time)
    assert (status, out.startswith("no skill beyond climatology")) == (0, True), err
    assert "no weather was given" in err
    for more, expected in (
        (time, "give --assets"),
        ((*known, *time, "--unit", "unit.toml"), "is not the network of a unit"),
        (known, "give --from and --to"),
        ((*known, "--from", "2024-01-01T00:00:00Z", "--to", "2024-01-09T00:00:00Z"), "192 hours are too few"),
        ((*known, "--from", "then", "--to", "2024-01-09T00:00:00Z"), "--from is 'then'"),
        ((*known, *time, "--hours", "0"), "--hours is 0"),
        ((*known, *time, "--share", "2"), "--share is 2"),
        ((*known, *time, "--share", "0.1"), "nothing to learn from, or nothing to judge by: 0 faults before"),
        ((*known, *time, "--threshold", "0"), "--threshold is 0"),
        ((*known, *time, "--load", "h0=1"), "stand together"),
        ((*known, *time, "--load", "h9=1", "--place", "48,8"), "'h9'"),
        ((*known, *time, "--load", "h0=1", "--place", "148,8"), "--place has 148"),
    ):
        status, out, err = tried(*more)
        assert (status, out) == (1, "")
        assert expected in err, err


def test_a_new_network_gets_published_rates_and_profiles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case, table, target = tmp_path / "two.m", tmp_path / "assets.csv", tmp_path / "new.toml"
    case.write_text(CASE)
    table.write_text("asset,kind,length_m,feeder,installed_year\n1,cable,5000,F,1990\n", encoding="utf-8")
    assert ringmain.main(["study", "prevent", str(case), "--assets", str(table), "--write", str(target), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["has_skill"], answer["learned"], answer["loads"]) == (False, [], [])
    assert answer["worth"] == "published rates; not evaluated on this network"
    assert [each["per_year"] for each in answer["used"]] == [0.065, 0.05387, 0.015]
    model = read_model(target)
    assert model.hazard.is_prior
    assert model.assets["1"].installed_year == 1990


def test_what_a_unit_has_seen_itself(tmp_path: Path) -> None:
    network = read_network(OBERRHEIN.read_text(encoding="utf-8"), OBERRHEIN.name)
    topology = Topology(network)
    assets, feeder = assets_of(topology, {}), network.feeders[0].id
    unit = tmp_path / "unit.toml"
    unit.write_text('schema = 1\n[unit]\nname = "MV"\nlevel = "MVGMU"\n')
    state = PreventionState(
        (feeder,),
        ((10, (5,)), (11, (6,))),
        past=(LocatedFault(FIRST * HOUR_NS, feeder, assets[0].id), LocatedFault(1, feeder, "gone")),
    )
    (tmp_path / "data").mkdir()
    history = History(tmp_path / "data" / "history.sqlite")
    spec = PointSpec(PointName(feeder, "PTEF1.Str"), Cdc.SPS, "link")
    [(handle, _)] = history.handles([spec])
    day = 24 * HOUR_NS
    times = [(FIRST * HOUR_NS + day + number, value) for number, value in enumerate((False, True, True, False, True))]

    async def keep() -> None:
        await history.save_state("prevention", dump_state(state))
        await history.append([Sample(handle, value, 0, at_ns, at_ns) for at_ns, value in times])

    asyncio.run(keep())
    history.close()
    own = read_own(str(unit), topology, assets)
    found = own.happened
    assert [each.where for each in found.faults] == [assets[0].id]
    assert [each.time_ns - FIRST * HOUR_NS - day for each in found.precursors["transient"]] == [1, 4]
    assert {each.where for each in found.precursors["transient"]} == {feeder}
    assert own.weather is None
    assert own.loads[feeder].power_w.tolist() == [5.0, 6.0]
    both = joined(found, found, assets)
    assert both == found


def test_standard_profiles(tmp_path: Path) -> None:
    parser, file = argparse.ArgumentParser(), tmp_path / "shaped.toml"
    add_shape_options(parser)
    given = parser.parse_args(["--load", "h0=3,g0=1", "--place", "48.4,7.9", "--year", "2026"])
    file.write_text(model_text(PreventionModel(shapes=made(given))), encoding="utf-8")
    shapes = read_model(file).shapes
    assert shapes.source == "BDEW standard profiles (h0 75%, g0 25%), PV under a clear sky at 48.4, 7.9"
    assert shapes.load_pu.max() == 1.0
    january, july = 0, 6
    assert shapes.load_pu[january, 0, 72] > 1.5 * shapes.load_pu[january, 0, 8]  # evening against night
    assert shapes.pv_pu[july].max() > 0.6
    assert shapes.pv_pu[july].sum() > 2 * shapes.pv_pu[11].sum()
    assert 44 <= int(np.argmax(shapes.pv_pu[july])) <= 50  # UTC noon at 8 degrees east
    assert shapes.clear_w_m2[july].max() > 800.0
    assert shapes.pv_pu[:, 0].max() == 0.0
