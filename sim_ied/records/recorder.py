"""Disturbance recorders of stations: one per fault passage indicator, triggered when it picks up."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from math import atan2

import numpy as np

from models.network.elements import Network
from sim_ied.agenda import Agenda, after_ns
from sim_ied.physics import Flows
from sim_ied.records.comtrade import Analogue, Recording, Status, write
from sim_ied.records.device_record import DeviceRecord
from sim_ied.records.waveform import Floats, Step, synthesise

RATE_HZ = 1000.0
BEFORE_S, AFTER_S = 0.2, 0.6
"""What is recorded before and after the trigger."""

_HEADER = """\
Disturbance record of a simulated station (Ringmain).
The simulated physics is quasi-static: these waveforms are synthesised from its effective values and angles.
They have no transients, no direct-current component and no saturation of current transformers."""


class Recorder:
    """Follows one place. Times are the world's."""

    def __init__(
        self,
        bay: str,
        nominal_v: float,
        frequency_hz: float,
        agenda: Agenda,
        finished: deque[DeviceRecord],
        trigger: str = "SFPI1 picked up",
    ):
        self._trigger_name = trigger
        self._bay, self._nominal_v, self._frequency_hz = bay, nominal_v, frequency_hz
        self._agenda, self._finished = agenda, finished
        self._steps: deque[Step] = deque()
        self._trigger_ns: int | None = None

    def follow(self, step: Step) -> None:
        """What holds from now on. Older steps than a record needs are forgotten."""
        self._steps.append(step)
        oldest_ns = step.time_ns if self._trigger_ns is None else self._trigger_ns
        oldest_ns -= round(BEFORE_S * 1e9)
        while len(self._steps) > 1 and self._steps[1].time_ns <= oldest_ns:
            self._steps.popleft()

    def trigger(self, now_ns: int) -> None:
        """Begin a record, unless one is being made."""
        if self._trigger_ns is None and self._steps:
            self._trigger_ns = now_ns
            self._agenda.set((self._bay, "recorder"), after_ns(now_ns, AFTER_S), self._finish)

    def _finish(self, now_ns: int) -> None:
        trigger_ns, self._trigger_ns = self._trigger_ns, None
        if trigger_ns is not None:
            self._finished.append(DeviceRecord(self._bay, trigger_ns, self._write(trigger_ns)))

    def _write(self, trigger_ns: int) -> bytes:
        start_ns = trigger_ns - round(BEFORE_S * 1e9)
        count = round((BEFORE_S + AFTER_S) * RATE_HZ)
        waves = synthesise(list(self._steps), start_ns, count, RATE_HZ, self._frequency_hz, self._nominal_v)
        station, _, device = self._bay.partition("/")
        triggered = np.arange(count) >= round(BEFORE_S * RATE_HZ)
        voltages, currents = self._phases("U", "V", waves.voltages_v), self._phases("I", "A", waves.currents_a)
        statuses = [Status(self._trigger_name, self._bay, triggered)]
        return write(
            Recording(
                station,
                device or station,
                self._frequency_hz,
                RATE_HZ,
                start_ns,
                trigger_ns,
                (*voltages, *currents),
                statuses,
                _HEADER,
            )
        )

    def _phases(self, letter: str, unit: str, waves: Floats) -> list[Analogue]:
        return [
            Analogue(f"{letter}L{number}", f"L{number}", self._bay, unit, wave) for number, wave in enumerate(waves, 1)
        ]


class Recorders:
    """All of a world. bays: by number of the switch whose current is recorded; ends: the node at its busbar.

    relays: those of the numbers whose trigger is a relay, not an indicator.
    """

    def __init__(
        self, network: Network, bays: dict[int, str], ends: dict[int, int], agenda: Agenda, relays: Collection[int] = ()
    ) -> None:
        self._finished: deque[DeviceRecord] = deque()
        self._ends = ends
        self._recorders = {
            number: Recorder(
                bay,
                network.nodes[ends[number]].nominal_voltage_v,
                network.frequency_hz,
                agenda,
                self._finished,
                "PTOC started" if number in relays else "SFPI1 picked up",
            )
            for number, bay in bays.items()
        }

    def measure(self, flows: Flows, two_phase: bool, now_ns: int) -> None:
        """What the places see from now on. two_phase: of the fault that burns, if any."""
        for number, recorder in self._recorders.items():
            node = self._ends[number]
            lag_rad = atan2(flows.reactive_power_var[number], flows.power_w[number])
            recorder.follow(
                Step(now_ns, float(flows.voltage_v[node]), float(flows.current_a[number]), lag_rad, two_phase)
            )

    def trigger(self, number: int, now_ns: int) -> None:
        """The indicator, or the relay, has picked up."""
        self._recorders[number].trigger(now_ns)

    def take(self) -> list[DeviceRecord]:
        """Records that were finished since the last call."""
        records = list(self._finished)
        self._finished.clear()
        return records
