"""Disturbance records of simulated stations: the file format, the waveforms, and what triggers them in the world."""

from __future__ import annotations

from datetime import UTC, datetime
from math import pi, sqrt

import numpy as np
import pytest

from sim_ied.fault import Fault, FaultKind
from sim_ied.records.comtrade import Analogue, Recording, Status, write
from sim_ied.records.device_record import DeviceRecord
from sim_ied.records.recorder import AFTER_S, BEFORE_S, RATE_HZ
from sim_ied.records.waveform import Step, synthesise
from tests.sim_ied.records.comtrade_reader import NoComtradeError, read
from tests.sim_ied.small_world import START_NS, Run

RAMP = np.linspace(-100.0, 100.0, 50)


def recording(**changes: object) -> Recording:
    values: dict[str, object] = {
        "station": "ST1",
        "device": "K1/E01",
        "frequency_hz": 50.0,
        "rate_hz": 1000.0,
        "start_ns": START_NS,
        "trigger_ns": START_NS + 20_000_000,
        "analogues": (Analogue("UL1", "L1", "E01", "V", RAMP), Analogue("IL1", "L1", "E01", "A", RAMP * 0)),
        "statuses": tuple(Status(f"S{bit}", "E01", np.arange(50) % (bit + 2) == 0) for bit in range(17)),
        "header": "what it is\nand who made it",
    }
    return Recording(**(values | changes))  # type: ignore[arg-type]


def test_what_is_written_is_read() -> None:
    made = read(write(recording()))
    assert (made.station, made.device, made.frequency_hz, made.rate_hz) == ("ST1", "K1/E01", 50.0, 1000.0)
    assert made.start == datetime.fromtimestamp(START_NS // 1_000_000_000, UTC)
    assert (made.trigger - made.start).total_seconds() == 0.02
    assert made.times_us == [1000 * number for number in range(50)]
    assert [channel.name for channel in made.analogues] == ["UL1", "IL1"]
    assert made.analogues[0].values == pytest.approx(list(RAMP), abs=100.0 / 32767)
    assert made.analogues[1].values == [0.0] * 50
    for bit, channel in enumerate(made.statuses):
        assert channel.values == [number % (bit + 2) == 0 for number in range(50)]
    assert made.header == "what it is\r\nand who made it\r\n"


def test_a_comma_in_a_name_breaks_no_line() -> None:
    assert read(write(recording(station="ST1, north"))).station == "ST1  north"


@pytest.mark.parametrize("cut", [1, 100, 2000])
def test_the_reader_refuses_what_is_cut_or_longer(cut: int) -> None:
    content = write(recording())
    for broken in (content[:-cut], content + b"x", content.replace(b"2013", b"1999", 1)):
        with pytest.raises(NoComtradeError):
            read(broken)


def test_waveforms_have_the_values_of_their_steps() -> None:
    steps = [Step(0, 20_000.0, 100.0, pi / 3, False), Step(100_000_000, 8_000.0, 3_000.0, pi / 4, True)]
    waves = synthesise(steps, 0, 200, 1000.0, 50.0, 20_000.0)

    def effective(wave: np.ndarray) -> float:
        return float(np.sqrt(np.mean(wave**2)))

    for phase in range(3):
        assert effective(waves.voltages_v[phase, :100]) == pytest.approx(20_000.0 / sqrt(3.0))
        assert effective(waves.currents_a[phase, :100]) == pytest.approx(100.0)
    assert np.abs(waves.voltages_v.sum(axis=0)).max() < 1e-6
    power_w = float(np.mean((waves.voltages_v * waves.currents_a).sum(axis=0)[:100]))
    assert power_w == pytest.approx(sqrt(3.0) * 20_000.0 * 100.0 * 0.5)
    fault = slice(100, 200)
    assert effective(waves.currents_a[0, fault]) == 0.0
    assert effective(waves.currents_a[1, fault]) == pytest.approx(3_000.0)
    assert waves.currents_a[1, fault] == pytest.approx(-waves.currents_a[2, fault])
    assert effective(waves.voltages_v[0, fault]) == pytest.approx(20_000.0 / sqrt(3.0))
    assert effective((waves.voltages_v[1] - waves.voltages_v[2])[fault]) == pytest.approx(8_000.0)


def records_of(kind: FaultKind) -> list[DeviceRecord]:
    run = Run()
    run.forward(1.0)
    run.world.inject(Fault("F1", "L02/W02", kind), run.now_ns)
    run.forward(3.0)
    return run.world.take_records()


@pytest.mark.parametrize(("kind", "phases"), [(FaultKind.THREE_PHASE, (1, 2, 3)), (FaultKind.TWO_PHASE, (2, 3))])
def test_a_fault_is_recorded_where_its_current_flows(kind: FaultKind, phases: tuple[int, ...]) -> None:
    records = records_of(kind)
    before_the_fault = {"OBR1/K1/E01", "OBR1/K1/E03", "ST1/K1/E01", "ST1/K1/E02"}  # relays and indicators
    assert {record.bay for record in records} == before_the_fault  # none behind it
    first = next(record for record in records if record.bay == "ST1/K1/E01")
    made = read(first.content)
    assert (made.station, made.device, made.rate_hz) == ("ST1", "K1/E01", RATE_HZ)
    assert len(made.times_us) == round((BEFORE_S + AFTER_S) * RATE_HZ)
    assert round(made.trigger.timestamp() * 1e3) == first.time_ns // 1_000_000
    assert "synthesised" in made.header
    currents = {channel.phase: np.array(channel.values) for channel in made.analogues if channel.unit == "A"}
    for phase in (1, 2, 3):
        before, during = np.abs(currents[f"L{phase}"][:100]).max(), np.abs(currents[f"L{phase}"][160:260]).max()
        assert bool(during > 10 * before) is (phase in phases)
    assert max(np.abs(current[700:]).max() for current in currents.values()) == 0.0  # the breaker has opened
    assert made.statuses[0].values == [0] * 200 + [1] * 600


def test_no_fault_no_record() -> None:
    run = Run()
    run.forward(5.0)
    assert run.world.take_records() == []


def test_every_pick_up_after_a_reclosing_makes_a_record_of_its_own() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L02/W02"), run.now_ns)
    run.forward(60.0)
    times = sorted(record.time_ns for record in run.world.take_records() if record.bay == "ST1/K1/E01")
    assert len(times) == 3  # the first trip and two reclosings
    assert run.world.take_records() == []
