"""The control socket: one JSON object per line in, one per line out, on a Unix socket. For the demo and for tests.

Requests: `{"kind": "truth"}` (some 0.1 s of work), `{"kind": "status"}`, `{"kind": "log", "since": N}` (the transitions
from number N on, counted from 0; cheap), `{"kind": "events", "since": N}` (every change of a point that is no
measurand, as its device was given it), `{"kind": "values", "points": [NAME, ...]}` (what the devices show now), or a
disturbance with the keys of a scenario (`{"kind": "fault", "id": "F1", "element": "L062/W062"}`). Answers:
`{"ok": true, ...}` or `{"ok": false, "error": TEXT}`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from models.config import Table
from models.errors import ConfigError
from sim_ied.board import Change
from sim_ied.control_socket import serve_control
from sim_ied.disturbance import read_disturbance
from sim_ied.server import Simulator


async def serve_steering(simulator: Simulator, socket: Path) -> AbstractAsyncContextManager[object]:
    """Listen on the socket; whoever may open the file may steer. Leave the context to stop. ConfigError when the path
    cannot serve as a socket."""
    return await serve_control(_Desk(simulator).carry_out, socket)


class _Desk:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def carry_out(self, request: dict[str, object]) -> dict[str, object]:
        match request.get("kind"):
            case "truth":
                return asdict(self._simulator.truth())
            case "log":
                return {"transitions": [asdict(line) for line in self._simulator.history()[_since(request) :]]}
            case "events":
                return {"events": [_plain(change) for change in self._simulator.plant.events()[_since(request) :]]}
            case "values":
                return {"values": self._values(request.get("points"))}
            case "status":
                settings = self._simulator.site.settings
                return {
                    "seed": settings.seed,
                    "speed": settings.speed,
                    "points": len(self._simulator.site.specs),
                    "addresses": self._simulator.addresses,
                }
            case _:
                await self._simulator.disturb(read_disturbance(Table(request, "request", [])))
                return {}

    def _values(self, names: object) -> dict[str, object]:
        """Value by name of the points that are asked for. ConfigError for one that the world does not have."""
        present = {str(point): change.value for point, change in self._simulator.plant.present().items()}
        wanted = [str(name) for name in names] if isinstance(names, list) else list(present)
        if unknown := [name for name in wanted if name not in present]:
            raise ConfigError("request", None, f"no device has point {unknown[0]}", "name points of the SCD")
        return {name: present[name] for name in wanted}


def _since(request: dict[str, object]) -> int:
    since = request.get("since", 0)
    return since if isinstance(since, int) and since > 0 else 0


def _plain(change: Change) -> dict[str, object]:
    return {
        "point": str(change.point),
        "value": change.value,
        "quality": change.quality,
        "time_ns": change.time_ns,
    }
