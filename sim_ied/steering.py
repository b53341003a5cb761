"""The control socket: one JSON object per line in, one per line out, on a Unix socket. For the demo and for tests.

Requests: `{"kind": "truth"}` (some 0.1 s of work), `{"kind": "status"}`, `{"kind": "log", "since": N}` (the transitions
from number N on, counted from 0; cheap), `{"kind": "events", "since": N}` (every change of a point that is no
measurand, as its device was given it), `{"kind": "values", "points": [NAME, ...]}` (what the devices show now), or a
disturbance with the keys of a scenario (`{"kind": "fault", "id": "F1", "element": "L062/W062"}`). Answers:
`{"ok": true, ...}` or `{"ok": false, "error": TEXT}`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from models.config import Table
from models.errors import ConfigError, RingmainError
from sim_ied.board import Change
from sim_ied.disturbance import read_disturbance
from sim_ied.server import Simulator

_MOST_BYTES = 64 * 1024


async def serve_steering(simulator: Simulator, socket: Path) -> AbstractAsyncContextManager[object]:
    """Listen on the socket; whoever may open the file may steer. Leave the context to stop. ConfigError when the path
    cannot serve as a socket."""
    if socket.exists() and not socket.is_socket():  # a file of somebody else's, never to be deleted
        raise ConfigError(str(socket), None, "is no socket", "name a path for --control that does not exist")
    desk = _Desk(simulator)
    try:
        socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(desk.serve, path=str(socket), limit=_MOST_BYTES)
        socket.chmod(0o600)
    except OSError as error:
        remedy = "name a short path in a folder you may write to"
        raise ConfigError(str(socket), None, f"cannot be opened as a socket: {error}", remedy) from error
    return server


class _Desk:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line longer than allowed
            pass
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as error:
            return {"ok": False, "error": f"not JSON: {error}"}
        if not isinstance(request, dict):
            return {"ok": False, "error": "an object is expected"}
        try:
            return {"ok": True, **await self._carry_out(request)}
        except RingmainError as error:
            return {"ok": False, "error": str(error)}

    async def _carry_out(self, request: dict[str, object]) -> dict[str, object]:
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
