"""Elements of pandapower beyond lines: three windings, impedances, motors, unbalanced loads; and cells of any kind."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandapower
import pytest

from models.errors import ConfigError
from models.network.pandapower import planning_from_pandapower
from models.network.pandapower_planning import planning_grid
from models.network.planning import PlanningGrid
from models.network.soundness import checked
from models.network.switches import operated_by, with_switches
from substation.study.present_state import present_state

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def three_windings(shift_degree: float = 0.0) -> pandapower.pandapowerNet:
    """110 kV over a transformer of three windings to 20 kV and 10 kV, with a load behind a line on either."""
    net = pandapower.create_empty_network()
    high, medium, low, far = (pandapower.create_bus(net, volt) for volt in (110, 20, 10, 20))
    pandapower.create_ext_grid(net, high, 1.01)
    pandapower.create_transformer3w_from_parameters(
        net, high, medium, low, 110, 21, 10.5, 40, 15, 30, 10.4, 10.1, 11.0, 0.28, 0.32, 0.35, 25, 0.1,
        shift_mv_degree=shift_degree, shift_lv_degree=shift_degree, tap_side="hv", tap_pos=-2, tap_neutral=0,
        tap_step_percent=1.25, tap_changer_type="Ratio",
    )  # fmt: skip
    pandapower.create_line(net, medium, far, 3.0, "NA2XS2Y 1x240 RM/25 12/20 kV")
    pandapower.create_load(net, far, 5.0, 2.0)
    pandapower.create_load(net, low, 9.0, 3.0)
    return net


def complete(net: pandapower.pandapowerNet) -> PlanningGrid:
    return operated_by(checked(with_switches(planning_grid(net, "net", "net.json")), "net.json"))


def agrees(net: pandapower.pandapowerNet, losses_mw: float | None = None) -> PlanningGrid:
    """Voltages and losses of our grid are those of pandapower's power flow."""
    pandapower.runpp(net, calculate_voltage_angles=True, tolerance_mva=1e-9, numba=False)
    grid = complete(net)
    state = present_state(grid)
    numbers = [number for number, bus in enumerate(grid.buses) if bus.id.startswith("bus:")]
    peer_pu = net.res_bus.vm_pu.loc[[int(grid.buses[each].id[4:]) for each in numbers]].to_numpy()
    assert np.max(np.abs(state.voltage_pu[numbers] - peer_pu)) < 1e-6
    if losses_mw is None:
        losses_mw = float(sum(net[f"res_{kind}"].pl_mw.sum() for kind in ("line", "trafo", "trafo3w", "impedance")))
    assert state.loss_w == pytest.approx(losses_mw * 1e6, rel=1e-5)
    return grid


@pytest.mark.parametrize("shift_degree", [0.0, 30.0])
def test_three_windings_are_a_star(shift_degree: float) -> None:
    grid = agrees(three_windings(shift_degree))
    assert [branch.id for branch in grid.branches] == ["line:0", "trafo3w:0/hv", "trafo3w:0/mv", "trafo3w:0/lv"]
    assert grid.buses[-1].id == "trafo3w:0/star"
    assert grid.branches[2].rated_a == pytest.approx(15e3 / math.sqrt(3) / 21)


@pytest.mark.parametrize("side", ["mv", "lv"])
def test_taps_of_another_winding(side: str) -> None:
    net = three_windings()
    net.trafo3w.loc[0, "tap_side"] = side
    agrees(net)


def test_switches_of_three_windings() -> None:
    net = three_windings()
    pandapower.create_switch(net, 1, 0, "t3", closed=False)
    grid = complete(net)
    assert [branch.id for branch in grid.branches if not branch.closed] == ["trafo3w:0/mv"]
    assert any("without supply in the state of the file: bus:1 and bus:3" in each for each in grid.findings)
    net.switch.loc[0, "bus"] = 3
    with pytest.raises(ConfigError, match=r"net\.json: switch 0: trafo3w:0 does not end at bus 3; name one of its"):
        complete(net)


def test_impedances_motors_and_unbalanced_loads() -> None:
    net = three_windings()
    behind = pandapower.create_bus(net, 10.0)
    pandapower.create_impedance(net, 2, behind, 0.01, 0.02, sn_mva=10.0)
    pandapower.create_motor(net, behind, 0.8, 0.85, loading_percent=70, efficiency_percent=93)
    pandapower.create_asymmetric_load(net, behind, 0.1, 0.2, 0.05, 0.03, 0.05, 0.01)
    pandapower.create_asymmetric_sgen(net, 3, 0.3, 0.1, 0.2)
    grid = agrees(net)
    assert "asymmetric_load 0: its three phases are reckoned as balanced" in grid.findings
    net.impedance.loc[0, "xtf_pu"] = 0.03
    with pytest.raises(ConfigError, match="impedance 0: it differs from one side to the other"):
        complete(net)


def test_an_extended_ward_is_reckoned_without_its_voltage_and_says_so() -> None:
    net = three_windings()
    pandapower.create_ward(net, 3, 0.5, 0.2, 0.3, -0.1)
    with_ward = agrees(net, losses_mw=present_state(complete(net)).loss_w / 1e6)
    net = three_windings()
    pandapower.create_xward(net, 3, 0.5, 0.2, 0.3, -0.1, 0.1, 0.3, 1.0)
    extended = complete(net)
    assert [bus.load_w for bus in extended.buses] == [bus.load_w for bus in with_ward.buses]
    assert "xward 0 at bus:3 holds a voltage behind an impedance" in " ".join(extended.findings)


def test_what_is_not_read_is_named() -> None:
    net = three_windings()
    pandapower.create_dcline(net, 1, 2, 1.0, 1.0, 0.1, 1.0, 1.0)
    with pytest.raises(ConfigError, match=r"net\.json: not read, but in service: dcline:0; replace them by loads"):
        complete(net)
    net.dcline["in_service"] = False
    complete(net)


SPOILT = [
    ("line", "length_km", "abc", "line 0: length_km is 'abc'; write a finite number"),
    ("line", "length_km", None, "line 0: length_km is missing; write a number"),
    ("line", "length_km", -1.0, "line 0: length_km is -1; write a number from 0"),
    ("line", "from_bus", 77, "line 0: from_bus is 77, and there is no such bus; name a bus of the network"),
    ("line", "in_service", "yes", "line 0: in_service is 'yes'; write true or false"),
    ("load", "p_mw", [1.0], r"load 0: p_mw is \[1.0\]; write a finite number"),
    ("load", "bus", 1.5, "load 0: bus is 1.5; write a whole number"),
    ("bus", "vn_kv", 0.0, "bus 0: vn_kv is 0; write a number above 0"),
    ("trafo3w", "vk_hv_percent", 0.1, "trafo3w 0: vkr_hv_percent is 0.28; write a number from 0 to vk_hv_percent"),
    ("trafo3w", "tap_pos", -100, "its taps make a voltage of -0.25 times the rated one; correct the tap positions"),
]


@pytest.mark.parametrize(("table", "column", "value", "message"), SPOILT)
def test_cells_that_make_no_sense(table: str, column: str, value: object, message: str) -> None:
    net = three_windings()
    net[table][column] = net[table][column].astype(object)
    net[table].at[0, column] = value
    with pytest.raises(ConfigError, match=message):
        complete(net)


def test_tables_that_make_no_sense() -> None:
    net = three_windings()
    net.load.index = [3, 3]
    with pytest.raises(ConfigError, match=r"net\.json: load 3 is there twice; number every element once"):
        complete(net)
    net.load.index = [3, 4]
    del net["line"]
    with pytest.raises(ConfigError, match="the table 'line' is missing"):
        complete(net)


def test_a_file_is_data(tmp_path: Path) -> None:
    """What names anything else to be called is refused before it is."""
    trace, file = tmp_path / "trace", tmp_path / "net.json"
    content = json.loads(pandapower.to_json(three_windings()))
    content["_object"]["x"] = {"_module": "subprocess", "_class": "getoutput", "_object": f"touch {trace}"}
    file.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r"net\.json: cannot be read by pandapower .*subprocess\.getoutput"):
        planning_from_pandapower(str(file))
    assert not trace.exists()
