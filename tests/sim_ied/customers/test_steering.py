"""Settings and control socket of simulated customers: what can be done to a meter, and what is refused."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.wire.keys import SigningKey
from protocols.arithmetic.pool import Arithmetic
from sim_ied.control_socket import serve_control
from sim_ied.customers.settings import read_customers
from sim_ied.customers.steering import CustomerDesk
from sim_ied.customers.world import Customers
from sim_ied.customers.world_time import WorldTime

FILE = """schema = 1
seed = 4
report_s = 60
[[unit]]
name = "LV1"
url = "ws://127.0.0.1:1"
[[meter]]
name = "SM1"
key = "sm.key"
grid = "LV1"
annual_kwh = 4000
[[meter]]
name = "SM2"
key = "sm.key"
grid = "LV1"
ev_w = 11000
"""


def customers_file(folder: Path, text: str = FILE) -> Path:
    (folder / "sm.key").write_text(SigningKey.generate().to_text(), encoding="ascii")
    file = folder / "customers.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults(tmp_path: Path) -> None:
    settings = read_customers(customers_file(tmp_path))
    assert (settings.report_s, settings.fast_s, settings.speed, settings.holder) == (60, 10, 1, None)
    assert [(meter.home, meter.protocol) for meter in settings.meters] == [("", "exchange")] * 2


WRONG = {
    "unit 'LV9' is unknown": FILE.replace('grid = "LV1"', 'grid = "LV9"', 1),
    "meter 'SM1' occurs twice": FILE.replace("SM2", "SM1"),
    "there is no meter": FILE.partition("[[meter]]")[0],
    "'annual_kwh' is -1": FILE.replace("4000", "-1"),
    "not exactly one of 'data' and 'url'": FILE.replace('url = "ws://127.0.0.1:1"', ""),
    "unknown key 'meter.phases'": FILE + "phases = 3\n",
}


@pytest.mark.parametrize("problem", WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, problem: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_customers(customers_file(tmp_path, WRONG[problem]))
    assert problem in str(told.value)


def test_a_protocol_that_no_meter_speaks_is_refused(tmp_path: Path) -> None:
    file = customers_file(tmp_path, FILE + 'protocol = "dlms"\n')
    with pytest.raises(ConfigError, match="protocol 'dlms' of SM2; one of exchange"):
        Customers(read_customers(file), Arithmetic())


async def ask(socket: Path, *requests: dict[str, object]) -> list[dict[str, object]]:
    reader, writer = await asyncio.open_unix_connection(str(socket))
    answers = []
    for request in requests:
        writer.write(json.dumps(request).encode() + b"\n")
        answers.append(json.loads(await reader.readline()))
    writer.close()
    return answers


def test_meters_are_steered(tmp_path: Path) -> None:
    start_ns, moved_s = time.time_ns(), [0]
    clock = WorldTime(lambda: start_ns + moved_s[0] * 10**9)
    customers = Customers(read_customers(customers_file(tmp_path)), Arithmetic(), clock)

    async def scene() -> None:
        socket = tmp_path / "control"
        async with await serve_control(CustomerDesk(customers).carry_out, socket):
            moved_s[0] += 1
            customers.step()
            done = await ask(
                socket,
                {"kind": "lie", "meter": "SM1", "factor": 0.0},
                {"kind": "silence", "meter": "SM1", "on": True},
                {"kind": "interrupt", "meter": "SM2", "on": True},
                {"kind": "cut", "meter": "SM2", "side": "grid", "on": True},
            )
            assert [answer["ok"] for answer in done] == [True] * 4
            moved_s[0] += 1
            customers.step()
            status, liar, dark, truth = await ask(
                socket,
                {"kind": "status"},
                {"kind": "meter", "meter": "SM1"},
                {"kind": "meter", "meter": "SM2"},
                {"kind": "truth"},
            )
            assert (status["meters"], status["silent"], status["up"]) == (2, 2, 0)
            assert (liar["factor"], liar["speaks"], dark["speaks"], dark["power_w"]) == (0.0, False, False, 0.0)
            assert truth["periods"] == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "explode"},
        {"kind": "lie", "meter": "SM1"},
        {"kind": "lie", "meter": "SM1", "factor": -1.0},
        {"kind": "meter", "meter": "SM9"},
        {"kind": "cut", "meter": "SM1", "side": "home", "on": True},
        {"kind": "status", "more": 1},
        {},
    ],
)
def test_requests_that_make_no_sense_are_refused(tmp_path: Path, request_: dict[str, object]) -> None:
    customers = Customers(read_customers(customers_file(tmp_path)), Arithmetic())

    async def scene() -> None:
        socket = tmp_path / "control"
        async with await serve_control(CustomerDesk(customers).carry_out, socket):
            (answer,) = await ask(socket, request_)
            assert answer["ok"] is False
            assert answer["error"]

    asyncio.run(scene())
