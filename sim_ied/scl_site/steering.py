"""The control socket of `ringmain sim --scl`: the same lines as that of a simulated site.

Requests: `{"kind": "status"}`, `{"kind": "values", "points": ["IED1LD0/XCBR1.Pos.stVal[ST]", ...]}` (what the servers
show now), or a disturbance with the keys of a scenario (`{"kind": "stuck", "target": "IED1LD0/XCBR1"}`).
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from models.config import Table
from models.errors import ConfigError
from sim_ied.control_socket import serve_control
from sim_ied.disturbance import read_disturbance
from sim_ied.scl_site.simulator import SclSimulator


async def serve_steering(simulator: SclSimulator, socket: Path) -> AbstractAsyncContextManager[object]:
    """Listen on the socket; leave the context to stop. ConfigError when the path cannot serve as a socket."""
    return await serve_control(_Desk(simulator).carry_out, socket)


class _Desk:
    def __init__(self, simulator: SclSimulator) -> None:
        self._simulator = simulator

    async def carry_out(self, request: dict[str, object]) -> dict[str, object]:
        match request.get("kind"):
            case "status":
                simulator = self._simulator
                return {"seed": simulator.seed, "speed": simulator.speed, "addresses": simulator.addresses}
            case "values":
                return {"values": self._values(request.get("points"))}
            case _:
                await self._simulator.disturb(read_disturbance(Table(request, "request", [])))
                return {}

    def _values(self, references: object) -> dict[str, object]:
        found: dict[str, object] = {}
        for reference in references if isinstance(references, list) else []:
            value = self._simulator.value(str(reference))
            if value is None:
                remedy = "name attributes with their functional constraint, such as IED1LD0/XCBR1.Pos.stVal[ST]"
                raise ConfigError("request", None, f"no IED has {reference}", remedy)
            found[str(reference)] = value
        return found
