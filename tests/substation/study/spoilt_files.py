"""Files of networks and what stands beside them, spoilt at random: what no reader may answer with a traceback.

`python -m tests.substation.study.spoilt_files [COUNT [SEED]]` asks every kind of study about COUNT of them, and prints
those that end otherwise than `judged` demands.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import json
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import pandapower

import ringmain

CASE = """function mpc = ring
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
  1 3 0   0   0 0   1 1 0 20 1 1.1 0.9
  2 1 1   0.5 0 0.1 1 1 0 20 1 1.1 0.9
  3 1 0.4 0.2 0 0   1 1 0 20 1 1.1 0.9
  4 2 0.3 0.1 0 0   1 1 0 20 1 1.1 0.9
];
mpc.gen = [
  1 0 0 9 -9 1 1 1 9 0
  4 0.2 0.1 1 -1 1 1 1 1 0
];
mpc.branch = [
  1 2 0.01 0.02 0.001 4 0 0 0    0 1
  2 3 0.01 0.02 0     0 0 0 0    0 1
  3 4 0.01 0.02 0     3 0 0 0.98 0 1
  1 3 0.01 0.02 0     0 0 0 0    0 0
];
define_constants;
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1;
"""
SUPPLEMENT = """schema = 1
one_phase = false
[limits]
voltage_min_pu = 0.95
line_loading_pu = 1.0
[overload]
lines_pu = 1.2
lines_s = 3600
[cold_load]
factor = 1.5
duration_s = 1800
[neutral]
treatment = "resonant"
coil_min_a = 10.0
[switches]
ends = ["{second}@{at}"]
remote = true
manual = ["{first}"]
[indicators]
without = ["{first}@{bus}"]
sees = "both"
reset_s = 14400
[[indicator]]
at = "{second}@{at}"
directional = true
[[bus]]
id = "{at}"
voltage_max_pu = 1.06
load_w = 250e3
customers = 120
[[branch]]
id = "{second}"
rated_a = 240.0
[[tie]]
id = "T"
from = "{bus}"
to = "{at}"
resistance_ohm = 0.5
reactance_ohm = 0.5
[[source]]
bus = "{bus}"
voltage_pu = 1.02
short_circuit_power_va = 250e6
rx_ratio = 0.1
[[generator]]
id = "G1"
bus = "{at}"
power_w = 40e3
var_min = -13e3
var_max = 13e3
[[capacitor]]
id = "C1"
bus = "{at}"
step_var = 15e3
steps = 3
steps_on = 1
[[regulator]]
id = "R1"
branch = "{second}"
tap_min = -2
tap_max = 2
tap_step_pu = 0.0125
[horizon]
step_s = 900
load = [0.6, 1.0]
generation = [0.0, 0.5]
[siting]
banks = 1
step_var = 15e3
steps = 2
"""
PLACES = {
    ".m": {"first": "1", "second": "2", "bus": "1", "at": "2"},
    ".json": {"first": "line:0", "second": "line:1", "bus": "bus:1", "at": "bus:2"},
}
NUMBERS = (
    "NaN", "Inf", "-Inf", "0", "-1", "1e300", "-1e300", "1e-300", "1e20", "2.5", "abc", "", "[]", "99999", "1e9", "'x'",
)  # fmt: skip
CELLS = (None, float("nan"), float("inf"), -1, 0, 1e300, -1e300, 1e-300, 1e12, "abc", "", True, [], {}, 2.5, 99999)
ASKED = ("flow", "reconfigure", "restore", "locate", "vvc")
Text = Callable[[str, random.Random], str]


@functools.cache
def small_pandapower() -> dict[str, object]:
    """The content of a pandapower file: a transformer, a ring of three lines, one of them open by its switch."""
    net = pandapower.create_empty_network()
    high, *buses = (pandapower.create_bus(net, 20.0 if number else 110.0) for number in range(5))
    pandapower.create_ext_grid(net, high)
    pandapower.create_transformer(net, high, buses[0], "25 MVA 110/20 kV")
    for start, end in ((0, 1), (1, 2), (2, 3), (0, 2)):
        pandapower.create_line(net, buses[start], buses[end], 2.0, "NA2XS2Y 1x240 RM/25 12/20 kV")
        pandapower.create_switch(net, buses[start], len(net.line) - 1, "l", closed=len(net.line) < 4)
    pandapower.create_switch(net, buses[2], buses[3], "b")
    net.line.loc[2, "in_service"] = False
    for bus in buses[1:]:
        pandapower.create_load(net, bus, 0.5, 0.1)
    pandapower.create_sgen(net, buses[3], 0.2)
    pandapower.create_shunt(net, buses[2], 0.1)
    content: dict[str, object] = json.loads(pandapower.to_json(net))
    return content


def truncated(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text))]


def without_piece(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randrange(1, 40) :]


def with_noise(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return (
        text[:at]
        + chance.choice(("\0", "\ufeff", "é", ";", "[", "]", "'", '"', "...", "%{\n", "\n", "=", "{", ","))
        + text[at:]
    )


def lines_moved(text: str, chance: random.Random) -> str:
    """One line again, gone, or elsewhere."""
    lines = text.splitlines(keepends=True)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(3)
    if way == 0:
        lines.insert(other, lines[one])
    elif way == 1:
        del lines[one]
    else:
        lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def number_replaced(text: str, chance: random.Random) -> str:
    """Any word by a number, or by what is none."""
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(NUMBERS)
    return " ".join(words)


TEXTS: tuple[Text, ...] = (
    truncated,
    without_piece,
    with_noise,
    lines_moved,
    number_replaced,
    number_replaced,
    number_replaced,
)


def text_spoilt(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        text = chance.choice(TEXTS)(text, chance) or " "
    return text


def pandapower_spoilt(content: dict[str, object], chance: random.Random) -> str:
    """A cell, a column or a row of one of its tables; sometimes the text."""
    if chance.random() < 0.15:
        return text_spoilt(json.dumps(content), chance)
    spoilt = copy.deepcopy(content)
    inside: dict[str, dict[str, object]] = spoilt["_object"]  # type: ignore[assignment]
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice([key for key, each in inside.items() if _is_used(each)])
        table = json.loads(str(inside[name]["_object"]))
        _table_spoilt(table, chance)
        inside[name]["_object"] = json.dumps(table)
    if chance.random() < 0.05:
        inside.pop(chance.choice(list(inside)))
    return json.dumps(spoilt)


def _is_used(each: object) -> bool:
    return isinstance(each, dict) and each.get("_class") == "DataFrame" and '"data":[]' not in str(each["_object"])


def _table_spoilt(table: dict[str, list[object]], chance: random.Random) -> None:
    rows: list[list[object]] = table["data"]  # type: ignore[assignment]
    if not rows:
        return
    row, column = chance.randrange(len(rows)), chance.randrange(len(table["columns"]))
    way = chance.random()
    if way < 0.7:
        rows[row][column] = chance.choice(CELLS)
    elif way < 0.8:
        del table["columns"][column]
        for each in rows:
            del each[column]
    elif way < 0.9:
        rows.append(list(rows[row]))
        table["index"].append(chance.choice((table["index"][row], 7, -3, "x")))
    else:
        del rows[row], table["index"][row]


def arguments(kind: str, suffix: str, chance: random.Random) -> list[str]:
    """Options that fit the sound network."""
    place = PLACES[suffix]
    wanted = {
        "restore": ["--fault", chance.choice((place["first"], place["second"]))],
        "locate": ["--set", f"{place['second']}@{place['at']}", *(["--trip", place["first"]] * chance.randrange(2))],
        "reconfigure": chance.choice(([], ["--manual"], ["--aim", "limits"], ["--controls"])),
    }
    return wanted.get(kind, [])


def ended(asked: list[str]) -> tuple[int, str, str]:
    """(status, standard output, standard error with a traceback where there is one)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            status = ringmain.main(["study", *asked, "--json"])
        except SystemExit as left:
            status = int(left.code or 0)
        except Exception:
            status = -1
            traceback.print_exc()
    return status, out.getvalue(), err.getvalue()


def judged(status: int, out: str, err: str) -> str:
    """What is wrong with an end: nothing where it is one object, or one line and no object."""
    if status == 0:
        try:
            return "" if isinstance(json.loads(out), dict) and out.count("\n") == 1 and not err else "not one object"
        except ValueError:
            return "no object"
    if status < 0:
        return "a traceback"
    if out or err.count("\n") != 1 or not err.startswith("ringmain") or len(err) > 600:
        return "not one line on standard error alone"
    return ""


def tried(folder: Path, number: int, seed: int) -> tuple[list[str], str, str]:
    """(arguments, what is wrong, standard error) of one spoilt question."""
    chance = random.Random(f"{seed} {number}")
    suffix = chance.choice(tuple(PLACES))
    network, beside = folder / f"n{number}{suffix}", folder / f"n{number}.toml"
    sound = CASE if suffix == ".m" else json.dumps(small_pandapower())
    spoil_beside = chance.random() < 0.4
    if spoil_beside:
        text = sound
    else:
        text = text_spoilt(CASE, chance) if suffix == ".m" else pandapower_spoilt(small_pandapower(), chance)
    network.write_text(text, encoding=chance.choice(("utf-8",) * 12 + ("utf-16", "latin-1")), errors="replace")
    supplement = SUPPLEMENT.format(**PLACES[suffix])
    beside.write_text(text_spoilt(supplement, chance) if spoil_beside else supplement, errors="replace")
    kind = chance.choice(ASKED)
    asked = [kind, str(network), *arguments(kind, suffix, chance)]
    if spoil_beside or chance.random() < 0.3 or kind == "vvc":
        asked += ["--with", str(beside)]
    result = ended(asked)
    return asked, judged(*result), result[2]


def main(count: int, seed: int) -> int:
    """Exit status 0 where every end is as it should be."""
    found = dict[str, int]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            asked, wrong, err = tried(Path(folder), number, seed)
            place = (err.strip().splitlines() or [""])[-1]
            if wrong and found.setdefault(f"{wrong} {place[:60]}", number) == number:
                print(f"--- {number}: {wrong}: {' '.join(asked)}\n{err[-1500:]}")
    print(f"{count} questions, {len(found)} kinds of wrong ends")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, [*sys.argv[1:], *("500", "1")[len(sys.argv) - 1 :]])))
