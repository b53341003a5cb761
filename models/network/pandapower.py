"""Reads networks of pandapower, by name or from its JSON files. The only module that imports pandapower.

Lines, line switches, two-winding transformers, external grids, loads and static generators are read; anything else that
would change the result is refused. `p_mw * scaling` is a load's peak, `p_mw` a generator's rating.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandapower
import pandapower.networks

from models.errors import ConfigError, words_of
from models.network.assumptions import Assumptions
from models.network.busbranch import (
    Branch,
    Bus,
    BusBranch,
    BusTransformer,
    Demand,
    EndSwitch,
    Infeed,
    Production,
)
from models.network.cgmes import cgmes_version
from models.network.completion import completed
from models.network.elements import Network, Neutral
from models.network.nodebreaker import convert
from models.network.pandapower_planning import planning_grid
from models.network.planning import PlanningGrid

KNOWN = {"mv_oberrhein": Assumptions(primary="OBR", neutral=Neutral.RESONANT)}
"""What we assume of published networks. Their data do not say how the neutral is treated: the choice is ours."""

_SIMBENCH_CODE = re.compile(r"1-(complete_data|EHV|HV|MV|LV|EHVHVMVLV|HVMV|MVLV)\S*-\d-(sw|no_sw)")

_REFUSED = ("trafo3w", "gen", "ward", "xward", "impedance", "dcline", "shunt", "storage", "asymmetric_load", "motor")
_OWN_STATION = "MV Load"


def from_pandapower(name_or_file: str, assumptions: Assumptions | None = None) -> Network:
    """The node-breaker network of a published name ('mv_oberrhein') or a pandapower JSON file.

    Raises ConfigError for an unknown name, for elements we do not read, and where assumptions are needed and missing.
    """
    grid = read(name_or_file)
    chosen = assumptions or KNOWN.get(name_or_file)
    if chosen is None:
        problem = "how the neutral is treated is not known for this network"
        raise ConfigError(
            name_or_file, None, problem, "say it with --neutral (isolated, resonant, resistance or solid)"
        )
    return completed(convert(grid, chosen, name_or_file))


def planning_from_pandapower(name_or_file: str) -> PlanningGrid:
    """The planning grid of a published name, SimBench code or pandapower JSON file; ConfigError as from_pandapower."""
    net = _simbench(name_or_file) if _SIMBENCH_CODE.fullmatch(name_or_file) else _load(name_or_file)
    return planning_grid(net, Path(name_or_file).stem, name_or_file)


def planning_from_cim(file_or_folder: str) -> PlanningGrid:
    """The planning grid of CGMES files (2.4.15, or 3.0 by what they say), as pandapower's converter reads them."""
    from pandapower.converter.cim.cim2pp.from_cim import from_cim  # slow to load

    place = Path(file_or_folder)
    files = sorted(str(each) for each in place.iterdir() if each.suffix in (".xml", ".zip")) if place.is_dir() else []
    if not files and not place.is_file():
        raise ConfigError(
            file_or_folder, None, "no CIM files (.xml, .zip)", "name a file or a folder with the profiles"
        )
    version = cgmes_version([Path(each) for each in files or [file_or_folder]])
    source = partial(from_cim, file_list=files or file_or_folder, cgmes_version=version, ignore_errors=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the converter's own tables
        net = _network(file_or_folder, source)
    return planning_grid(net, place.stem, file_or_folder)


def _simbench(code: str) -> Any:
    """SimBench's package holds its data (400 MB), so that it is no dependency of ours."""
    try:
        simbench = importlib.import_module("simbench")
    except ImportError as error:
        problem = "a SimBench code needs the package 'simbench', which is not installed"
        raise ConfigError(code, None, problem, "install it: pip install simbench") from error
    return _network(code, lambda: simbench.get_simbench_net(code))


def read(name_or_file: str) -> BusBranch:
    """The bus-branch grid of a published name or a pandapower JSON file; ConfigError as from_pandapower."""
    net = _load(name_or_file)
    for table in _REFUSED:
        if table in net and len(net[table]):
            problem = f"the network has {len(net[table])} elements of kind '{table}', which are not read"
            raise ConfigError(name_or_file, None, problem, "remove them or replace them by loads and generators")
    buses = tuple(_buses(net))
    branches = tuple(_branches(net))
    return BusBranch(
        name=name_or_file if "." not in name_or_file else Path(name_or_file).stem,
        frequency_hz=float(net.f_hz),
        buses=buses,
        branches=branches,
        switches=tuple(_switches(net, name_or_file)),
        infeeds=tuple(_infeeds(net)),
        transformers=tuple(_transformers(net, name_or_file)),
        demands=tuple(_demands(net)),
        productions=tuple(_productions(net)),
    )


def _load(name_or_file: str) -> Any:
    if name_or_file.endswith(".json"):
        if not Path(name_or_file).is_file():
            raise ConfigError(name_or_file, None, "no such file", "give a pandapower JSON file or a published name")
        return _network(name_or_file, lambda: pandapower.from_json(name_or_file))
    source: Callable[[], Any] | None = getattr(pandapower.networks, name_or_file, None)
    if name_or_file.startswith("_") or not callable(source):
        problem = "pandapower publishes no network of this name"
        raise ConfigError(name_or_file, None, problem, "name one (mv_oberrhein) or give a file ending in .json")
    with warnings.catch_warnings():
        # Published networks were stored by older versions and say so; their values are not affected.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _network(name_or_file, source)


def _network(name_or_file: str, source: Callable[[], Any]) -> Any:
    """What the source gives, if it is a network: pandapower has other functions, and reads other files too."""
    remedy = "give a published network (mv_oberrhein) or a file that pandapower.to_json has written"
    try:
        net = source()
    except Exception as error:  # foreign code on foreign data: its converters raise even Exception itself
        words = " ".join(words_of(error).split())[:200]
        raise ConfigError(name_or_file, None, f"cannot be read by pandapower ({words})", remedy) from error
    if not isinstance(net, pandapower.pandapowerNet):
        raise ConfigError(name_or_file, None, "holds no pandapower network", remedy)
    return net


def _rows(net: Any, table: str) -> Iterator[tuple[int, Any]]:
    """Rows in service, in the order of their index."""
    for number, row in net[table].sort_index().iterrows():
        if row.get("in_service", True):
            yield int(number), row


def _number(value: Any, default: float) -> float:
    """A cell's number, or the default where pandapower leaves it empty."""
    return default if value is None or math.isnan(value) else float(value)


def _si(value: float) -> float:
    """The value without the noise of the change to SI units (12 digits are far beyond any cable's data)."""
    return float(f"{value:.12g}")


def _coordinates(cell: Any) -> list[tuple[float, float]]:
    """Points of a GeoJSON cell; empty where there is none."""
    if not isinstance(cell, str) or not cell:
        return []
    points = json.loads(cell)["coordinates"]
    if not isinstance(points[0], list):
        points = [points]
    return [(round(float(longitude), 7), round(float(latitude), 7)) for longitude, latitude, *_ in points]


def _buses(net: Any) -> Iterator[Bus]:
    for number, row in _rows(net, "bus"):
        place = _coordinates(row.get("geo"))
        longitude_deg, latitude_deg = place[0] if place else (None, None)
        yield Bus(number, float(row.vn_kv) * 1e3, longitude_deg, latitude_deg)


def _branches(net: Any) -> Iterator[Branch]:
    """Lines in service, and those out of service where the network has no switches: they are its open ties."""
    for number, row in net.line.sort_index().iterrows():
        if row.in_service or not len(net.switch):
            length_km, parallel = float(row.length_km), float(row.parallel)
            yield Branch(
                number=int(number),
                from_bus=int(row.from_bus),
                to_bus=int(row.to_bus),
                length_m=_si(length_km * 1e3),
                resistance_ohm=_si(float(row.r_ohm_per_km) * length_km / parallel),
                reactance_ohm=_si(float(row.x_ohm_per_km) * length_km / parallel),
                capacitance_f=_si(float(row.c_nf_per_km) * 1e-9 * length_km * parallel),
                rated_current_a=_si(float(row.max_i_ka) * 1e3 * _number(row.get("df"), 1.0) * parallel),
                path=tuple(_coordinates(row.get("geo"))),
            )


def _switches(net: Any, file: str) -> Iterator[EndSwitch]:
    """Line switches; a network without any switch gets one at each line's from end, open where the line is out."""
    if not len(net.switch):
        for number, row in net.line.sort_index().iterrows():
            yield EndSwitch(int(row.from_bus), int(number), False, bool(row.in_service))
    for number, row in net.switch.sort_index().iterrows():
        if row.et in ("b", "t3"):
            problem = f"switch {number} does not belong to a line end or a transformer"
            raise ConfigError(file, None, problem, "replace switches between buses by merged buses")
        if row.et == "l":
            yield EndSwitch(int(row.bus), int(row.element), row.type == "CB", bool(row.closed))


def _infeeds(net: Any) -> Iterator[Infeed]:
    for _, row in _rows(net, "ext_grid"):
        power_mva = _number(row.get("s_sc_max_mva"), 0.0)
        ratio = _number(row.get("rx_max"), -1.0)
        yield Infeed(int(row.bus), float(row.vm_pu), power_mva * 1e6 or None, None if ratio < 0 else ratio)


def _transformers(net: Any, file: str) -> Iterator[BusTransformer]:
    for number, row in _rows(net, "trafo"):
        if row.tap_side == "lv":
            problem = f"transformer {number} has its tap changer on the low-voltage side"
            raise ConfigError(file, None, problem, "refer the tap changer to the high-voltage side")
        neutral = _number(row.tap_neutral, 0.0)
        parallel = float(row.parallel)
        yield BusTransformer(
            number=number,
            hv_bus=int(row.hv_bus),
            lv_bus=int(row.lv_bus),
            rated_power_va=_si(float(row.sn_mva) * 1e6 * parallel),
            hv_rated_voltage_v=_si(float(row.vn_hv_kv) * 1e3),
            lv_rated_voltage_v=_si(float(row.vn_lv_kv) * 1e3),
            short_circuit_voltage_pu=_si(float(row.vk_percent) / 100),
            short_circuit_losses_w=_si(float(row.vkr_percent) / 100 * float(row.sn_mva) * 1e6 * parallel),
            no_load_losses_w=_si(float(row.pfe_kw) * 1e3 * parallel),
            no_load_current_pu=_si(float(row.i0_percent) / 100),
            tap=round(_number(row.tap_pos, neutral) - neutral),
            tap_min=round(_number(row.tap_min, neutral) - neutral),
            tap_max=round(_number(row.tap_max, neutral) - neutral),
            tap_step_pu=_si(_number(row.tap_step_percent, 0.0) / 100),
            vector_group=_vector_group(net, row),
        )


def _vector_group(net: Any, row: Any) -> str:
    """As the table or the standard type says; else the usual YNd with the clock number of the phase shift."""
    kind = net.std_types["trafo"].get(row.std_type, {})
    for stated in (row.get("vector_group"), kind.get("vector_group")):
        if isinstance(stated, str) and stated:
            return stated
    return f"YNd{round(float(row.shift_degree) / 30) % 12}"


def _demands(net: Any) -> Iterator[Demand]:
    for _, row in _rows(net, "load"):
        scaling = float(row.scaling)
        installed_w = _si(float(row.p_mw) * 1e6)
        reactive_var = _si(float(row.q_mvar) * 1e6 * scaling)
        yield Demand(int(row.bus), _si(installed_w * scaling), reactive_var, installed_w, row.type == _OWN_STATION)


def _productions(net: Any) -> Iterator[Production]:
    for _, row in _rows(net, "sgen"):
        kind = row.type.lower() if isinstance(row.type, str) and row.type else "generator"
        yield Production(int(row.bus), _si(float(row.p_mw) * 1e6), kind)
